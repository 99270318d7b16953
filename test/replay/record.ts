#!/usr/bin/env node
// `npm run histories:record [-- scenario…]`: lives through every scenario that has no recording yet and keeps its
// histories. An existing recording is evidence of code that may still run somewhere: it is only replaced with
// REPLAY_HISTORY_OVERWRITE=1.

import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { runPath } from '../../lab/demo/run-path.ts';
import { labDown, labUp, reinstallRegistry } from '../../lab/estate/estate.ts';
import { terminalProgress } from '../../lab/progress.ts';
import setUp from '../../lab/test-setup.ts';
import { findSecrets, type Secrets, secretsOf } from '../e2e/secret-hunt.ts';
import { startRig } from '../workflows/rig.ts';
import { anonymize, collectExecutions, isRecorded, textsOf, writeRecording } from './recordings.ts';
import { activitiesOf, FAKE_SCENARIOS, LAB_SCENARIOS, SCENARIOS } from './scenarios.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const FOLDERS = { [CHECKOUT]: '/transship', [tmpdir()]: '/temporary', [homedir()]: '/home' };

const progress = terminalProgress();
const named = process.argv.slice(2);
const unknown = named.filter((name) => !SCENARIOS.includes(name));
if (unknown.length > 0)
  throw new Error(`no scenario: ${unknown.join(', ')}; there are: ${SCENARIOS.join(', ')}`);
const wanted: string[] = [];
for (const scenario of named.length > 0 ? named : SCENARIOS) {
  if (process.env['REPLAY_HISTORY_OVERWRITE'] !== '1' && (await isRecorded(scenario)))
    progress.say(`${scenario}: kept (REPLAY_HISTORY_OVERWRITE=1 would replace it)`);
  else wanted.push(scenario);
}
await recordFakes(wanted.filter((scenario) => scenario in FAKE_SCENARIOS));
await recordLab(wanted.filter((scenario) => scenario in LAB_SCENARIOS));

async function recordFakes(scenarios: string[]): Promise<void> {
  if (scenarios.length === 0) return;
  const tearDown = await setUp();
  const rig = await startRig();
  try {
    for (const name of scenarios) {
      const scenario = FAKE_SCENARIOS[name]!;
      const { path, start } = scenario;
      const workflowId = await rig.run(
        activitiesOf(scenario),
        async (migration) => {
          await scenario.live(migration);
          return migration.workflowId;
        },
        { path, ...start },
      );
      await record(name, rig.client, { workflowId }, FOLDERS);
    }
  } finally {
    await rig.close();
    await tearDown();
  }
}

async function recordLab(scenarios: string[]): Promise<void> {
  if (scenarios.length === 0) return;
  const dir = await mkdtemp(join(tmpdir(), 'transship-record-'));
  try {
    const lab = await labUp({ dir, replicas: 3, storage: 'volume', content: 'small' }, progress);
    const connection = await Connection.connect({ address: lab.temporal.address });
    for (const [index, name] of scenarios.entries()) {
      if (index > 0) await reinstallRegistry(dir, {}, progress);
      const run = await runPath({ dir, ...LAB_SCENARIOS[name]!, progress });
      if (run.outcome !== 'migrated') throw new Error(`${name}: the migration ${run.outcome}`);
      const folders = { [dir]: '/lab', ...FOLDERS };
      await record(name, new Client({ connection }), run, folders, await secretsOf(dir));
    }
    await connection.close();
  } finally {
    await labDown(dir);
    await rm(dir, { recursive: true, force: true });
  }
}

async function record(
  scenario: string,
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
  folders: Record<string, string>,
  secrets: Secrets = new Map(),
): Promise<void> {
  const executions = await collectExecutions(client, workflowId, runId);
  const leaks = findSecrets(textsOf(executions).join('\n'), scenario, secrets);
  if (leaks.length > 0)
    throw new Error(`${scenario}: the history holds ${leaks.map(({ secret }) => secret).join(', ')}`);
  await writeRecording(scenario, anonymize(executions, folders));
  const events = executions.reduce((sum, { history }) => sum + history.events.length, 0);
  progress.say(`${scenario}: recorded ${executions.length} executions, ${events} events`);
}
