// Installs the Debian packages that the lab's servers come from, where they are missing and this user may.

import { userInfo } from 'node:os';
import { programOnPath } from './find-program.ts';
import type { Progress } from '../progress.ts';
import { runLines } from '../run-lines.ts';

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
  // In run level 1 Debian's packages do not start their services: the lab starts its own on its own ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await runLines('apt-get', ['update', '-q'], { env }).catch((error: unknown) => {
    progress.say(`apt-get update failed, so the known package lists are used: ${String(error)}`);
  });
  await runLines('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], {
    env,
    onLine: (line) => {
      if (/^(Unpacking|Setting up) /.test(line)) progress.say(`  ${line}`);
    },
  }).catch((error: unknown) => {
    throw new Error(`${missingAre} and could not be installed: try \`${install}\`.`, { cause: error });
  });
}
