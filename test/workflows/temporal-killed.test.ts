// Temporal itself dies inside the window, twice: what it has written down is gone on with, and the way out is taken.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../lab/free-port.ts';
import { killProcess, stopProcess } from '../../lab/process.ts';
import { startTemporal, TEMPORAL_PROCESS } from '../../lab/servers/temporal.ts';
import { fakeActivities } from './fake-activities.ts';
import { type Rig, rigOn } from './rig.ts';
import { expectWayOut } from './way-out.ts';

let dir: string;
let rig: Rig;
let start: () => Promise<{ address: string }>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), `transship-temporal-${randomBytes(2).toString('hex')}-`));
  const [port, uiPort] = [await freePort(), await freePort()];
  const temporal = process.env['TEMPORAL_CLI_PATH'] ?? 'temporal';
  start = async () => await startTemporal(dir, { port, uiPort, temporal });
  const { address } = await start();
  rig = await rigOn(await TestWorkflowEnvironment.createFromExistingServer({ address }));
});
afterAll(async () => {
  await rig?.close();
  await stopProcess(dir, TEMPORAL_PROCESS);
  await rm(dir, { recursive: true, force: true });
});

it('goes on when Temporal is killed before and after the point of no return', async () => {
  const killed = new Set<string>();
  const once = async (where: string): Promise<void> => {
    if (killed.has(where)) return;
    killed.add(where);
    await killProcess(dir, TEMPORAL_PROCESS);
    await start();
  };
  const { calls, activities } = fakeActivities({
    proveReadOnly: async () => {
      await once('read-only');
      return [{ replica: '000000000001', status: 405 }];
    },
    switchStorage: () => once('switch'),
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
  });
  expect([...killed]).toEqual(['read-only', 'switch']);
  expectWayOut(calls);
});
