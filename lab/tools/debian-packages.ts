// Installs the Debian packages that the lab's servers come from, where they are missing and this user may.

import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { programOnPath } from './find-program.ts';
import type { Progress } from '../progress.ts';
import { runLines } from '../run-lines.ts';

const LOCK_TIMEOUT_S = 600;
const LOCK_POLL_MS = 2000;

/** A program and what brings it: the names of one or more packages. */
export type DebianProgram = { program: string; package: string };

export async function ensureDebianPackages(programs: DebianProgram[], progress: Progress): Promise<void> {
  const missing: string[] = [];
  for (const row of programs) {
    if ((await programOnPath(row.program)) === undefined) missing.push(...row.package.split(' '));
  }
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const missingAre = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  if (userInfo().uid !== 0 || (await programOnPath('apt-get')) === undefined) {
    throw new Error(`${missingAre}: install with \`sudo ${install}\`.`);
  }
  progress.say(`Installing Debian packages: ${missing.join(', ')}`);
  await aptGet(['update', '-q'], progress).catch((error: unknown) => {
    progress.say(`apt-get update failed, so the known package lists are used: ${String(error)}`);
  });
  await aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing], progress).catch(
    (error: unknown) => {
      throw new Error(`${missingAre} and could not be installed: try \`${install}\`.`, { cause: error });
    },
  );
}

/** A fresh machine updates itself in its first minutes, and has apt's locks meanwhile. */
async function aptGet(args: string[], progress: Progress): Promise<void> {
  const lastMs = Date.now() + LOCK_TIMEOUT_S * 1000;
  let isSaid = false;
  for (;;) {
    const lines: string[] = [];
    try {
      await runLines('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, ...args], {
        // In run level 1 Debian's packages do not start their services: the lab starts its own on its own ports.
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
        onLine: (line) => {
          lines.push(line);
          if (/^(Unpacking|Setting up) /.test(line)) progress.say(`  ${line}`);
        },
      });
      return;
    } catch (error) {
      if (!isLocked(`${lines.join('\n')}\n${String(error)}`) || Date.now() > lastMs) throw error;
      if (!isSaid)
        progress.say('Another apt runs, as in the first minutes of a fresh machine; waiting for it');
      isSaid = true;
      await sleep(LOCK_POLL_MS);
    }
  }
}

/** For the lists of packages apt itself does not wait, whatever it is told. */
export const isLocked = (said: string): boolean =>
  /Could not get lock|Unable to (acquire|lock)|is locked by another process/i.test(said);
