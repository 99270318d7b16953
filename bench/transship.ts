// Runs Transship as an operator would: the command line, an inventory file, a journal of its own for each run.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { StorageEntry } from '../contracts/inventory.ts';
import type { BenchContext } from './bench.ts';
import { runTimed, type Program, type Timed } from './run-timed.ts';
import { repositoriesOn } from '../test/support/repositories.ts';

const COMMAND_LINE = join(import.meta.dirname, '../client/cli/main.ts');

/** `args` of `transship`, e.g. `['storage', 'copy', 'here', 'there']`, with these storages in the inventory. */
export async function transship(
  context: BenchContext,
  storages: Record<string, StorageEntry>,
  args: string[],
): Promise<Timed> {
  const folder = await mkdtemp(join(context.dir, 'run-'));
  try {
    return await runTimed(program(args, await writeInventory(context, folder, storages), context));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const program = (args: string[], inventory: string, { s3 }: BenchContext): Program => ({
  command: process.execPath,
  args: [COMMAND_LINE, ...args, '--inventory', inventory, '--json'],
  env: { BENCH_ACCESS_KEY: s3.access.accessKey, BENCH_SECRET_KEY: s3.access.secretKey },
});

export async function writeInventory(
  { host }: Pick<BenchContext, 'host'>,
  folder: string,
  storages: Record<string, StorageEntry>,
  settings: Record<string, unknown> = {},
): Promise<string> {
  const journal = join(folder, 'journal');
  await mkdir(journal);
  const file = join(folder, 'inventory.yaml');
  const inventory = {
    registries: {},
    hosts: { [host.name]: host.entry },
    storages: { ...storages, journal: { kind: 'filesystem', path: journal } },
    journal: 'journal',
    repositories: repositoriesOn('journal'),
    backups: 'main',
    ...settings,
  };
  await writeFile(file, stringify(inventory, { aliasDuplicateObjects: false }));
  return file;
}
