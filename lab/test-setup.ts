// Vitest's global set-up of tests with servers: the programs that they start are there before the first test and are
// found by the same variables that people may set themselves; servers that files share end with the last test.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED_FOLDER } from '../test/support/shared-server.ts';
import { listProcesses, stopProcess } from './process.ts';
import { terminalProgress } from './progress.ts';
import { ensureStorageServers } from './tools/ensure-servers.ts';
import { ensureTools } from './tools/ensure-tools.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  const progress = terminalProgress();
  const tools = await ensureTools(progress);
  await ensureStorageServers(progress);
  process.env['TEMPORAL_CLI_PATH'] = tools.temporal;
  process.env['VERSITYGW_PATH'] = tools.versitygw;
  const folder = await mkdtemp(join(tmpdir(), 'transship-'));
  process.env[SHARED_FOLDER] = folder;
  return async () => {
    for (const server of await readdir(folder)) {
      const dir = join(folder, server);
      // In reverse order of their names, so that the monitor of Ceph ends after those who need it.
      for (const { name } of (await listProcesses(dir)).toReversed()) await stopProcess(dir, name);
    }
    await rm(folder, { recursive: true, force: true });
  };
}
