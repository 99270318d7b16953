// Finds or gets the programs that the lab is made of, so that a machine with Debian, npm and Go alone can run it: three
// Debian packages, `temporal` and `versitygw`. What cannot be got is said in one sentence with the command that gets it.

import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { userInfo } from 'node:os';
import { buildGoTools, GO_TOOLS, type GoTool, goToolsDir } from './go-tools.ts';
import { downloadTemporal } from './temporal-download.ts';
import type { Progress } from './progress.ts';
import { runLines } from './run-lines.ts';

/** Debian package of each program that is taken from Debian, where the program's path is fixed. */
const DEBIAN_PROGRAMS = [
  { program: 'docker-registry', package: 'docker-registry' },
  { program: 'sshd', package: 'openssh-server' },
  { program: 'ssh-keygen', package: 'openssh-client' },
  { program: 'skopeo', package: 'skopeo' },
  { program: 'openssl', package: 'openssl' },
] as const;

/** sshd lies where the PATH of an ordinary user does not look. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export type Tools = { temporal: string; versitygw: string };

/** Paths of the programs that are not Debian's; those are on PATH afterwards. */
export async function ensureTools(progress: Progress): Promise<Tools> {
  await ensureDebianPackages(progress);
  const found: Record<GoTool, string | undefined> = {
    temporal: (await named('TEMPORAL_CLI_PATH')) ?? (await onPath('temporal')) ?? (await built('temporal')),
    versitygw: (await named('VERSITYGW_PATH')) ?? (await onPath('versitygw')) ?? (await built('versitygw')),
  };
  found.temporal ??= await downloadTemporal(await goToolsDir(), progress);
  const missing = GO_TOOLS.filter((tool) => found[tool] === undefined);
  if (missing.length > 0) {
    if ((await onPath('go')) === undefined) {
      throw new Error(
        `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing and built with Go, which is missing too: ` +
          'install Go 1.21 or later (https://go.dev/dl, or `apt-get install -y golang/bookworm-backports`).',
      );
    }
    await buildGoTools(missing, progress);
    for (const tool of missing) found[tool] = await built(tool);
  }
  const { temporal, versitygw } = found;
  if (temporal === undefined || versitygw === undefined)
    throw new Error('the Go build left no program behind');
  return { temporal, versitygw };
}

async function ensureDebianPackages(progress: Progress): Promise<void> {
  const missing: string[] = [];
  for (const row of DEBIAN_PROGRAMS) {
    if ((await onPath(row.program)) === undefined) missing.push(row.package);
  }
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const missingAre = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  if (userInfo().uid !== 0 || (await onPath('apt-get')) === undefined) {
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

async function named(variable: string): Promise<string | undefined> {
  const path = process.env[variable];
  if (path === undefined || path === '') return undefined;
  if (!(await isExecutable(path))) throw new Error(`${variable} names ${path}, which is no program.`);
  return path;
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS]) {
    const path = join(folder, program);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function built(tool: GoTool): Promise<string | undefined> {
  const path = join(await goToolsDir(), tool);
  return (await isExecutable(path)) ? path : undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
