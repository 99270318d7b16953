// Finds or gets the programs that the lab is made of, so that a machine with Debian, npm and Go alone can run it: a few
// Debian packages, `temporal` and `versitygw`. What cannot be got is said in one sentence with the command that gets it.

import { join } from 'node:path';
import { ensureDebianPackages } from './debian-packages.ts';
import { isExecutable, namedProgram, programOnPath } from './find-program.ts';
import { buildGoTools, GO_TOOLS, type GoTool, goToolsDir, requireGo } from './go-tools.ts';
import { downloadTemporal } from './temporal-download.ts';
import type { Progress } from '../progress.ts';

const DEBIAN_PROGRAMS = [
  { program: 'docker-registry', package: 'docker-registry' },
  { program: 'sshd', package: 'openssh-server' },
  { program: 'ssh-keygen', package: 'openssh-client' },
  { program: 'skopeo', package: 'skopeo' },
  { program: 'openssl', package: 'openssl' },
  { program: 'gpg', package: 'gpg gpg-agent' },
];

export type Tools = { temporal: string; versitygw: string };

/** Paths of the programs that are not Debian's; those are on PATH afterwards. */
export async function ensureTools(progress: Progress): Promise<Tools> {
  await ensureDebianPackages(DEBIAN_PROGRAMS, progress);
  const found: Record<GoTool, string | undefined> = {
    temporal: await find('temporal', 'TEMPORAL_CLI_PATH'),
    versitygw: await find('versitygw', 'VERSITYGW_PATH'),
  };
  found.temporal ??= await downloadTemporal(await goToolsDir(), progress);
  const missing = GO_TOOLS.filter((tool) => found[tool] === undefined);
  if (missing.length > 0) {
    await requireGo(missing);
    await buildGoTools(missing, progress);
    for (const tool of missing) found[tool] = await built(tool);
  }
  const { temporal, versitygw } = found;
  if (temporal === undefined || versitygw === undefined)
    throw new Error('the Go build left no program behind');
  return { temporal, versitygw };
}

const find = async (tool: GoTool, variable: string): Promise<string | undefined> =>
  (await namedProgram(variable)) ?? (await programOnPath(tool)) ?? (await built(tool));

async function built(tool: GoTool): Promise<string | undefined> {
  const path = join(await goToolsDir(), tool);
  return (await isExecutable(path)) ? path : undefined;
}
