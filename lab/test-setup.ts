// Vitest's global set-up: the programs that tests start are there before the first test, and tests find them by the
// same variables that people may set themselves.

import { ensureTools } from './ensure-tools.ts';
import { terminalProgress } from './progress.ts';

export default async function setUp(): Promise<void> {
  const tools = await ensureTools(terminalProgress());
  process.env['TEMPORAL_CLI_PATH'] = tools.temporal;
  process.env['VERSITYGW_PATH'] = tools.versitygw;
}
