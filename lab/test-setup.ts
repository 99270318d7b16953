// Vitest's global set-up: the programs that tests start are there before the first test, and tests find them by the
// same variables that people may set themselves.

import { ensureStorageServers } from './tools/ensure-servers.ts';
import { ensureTools } from './tools/ensure-tools.ts';
import { terminalProgress } from './progress.ts';

export default async function setUp(): Promise<void> {
  const progress = terminalProgress();
  const tools = await ensureTools(progress);
  await ensureStorageServers(progress);
  process.env['TEMPORAL_CLI_PATH'] = tools.temporal;
  process.env['VERSITYGW_PATH'] = tools.versitygw;
}
