// Temporal is away when runs are due: those within the catch-up begin when it is back, those before it are missed, and seen.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scheduleStandings } from '../../client/schedules/standing.ts';
import { applySchedules } from '../../client/schedules/reconcile.ts';
import type { ScheduleEntry } from '../../contracts/schedule.ts';
import { freePort } from '../../lab/free-port.ts';
import { killProcess, stopProcess } from '../../lab/process.ts';
import { startTemporal, TEMPORAL_PROCESS } from '../../lab/servers/temporal.ts';

const ENTRY: ScheduleEntry = {
  procedure: 'backup',
  registry: 'prod',
  everyMs: 2000,
  timezone: 'UTC',
  jitterMs: 0,
  // The least that Temporal takes
  catchUpMs: 10_000,
  overlap: 'skip',
  paused: false,
  input: {},
};
const AWAY_MS = 15_000;
const PATIENT = { timeout: 60_000, interval: 500 };

let dir: string;
let connection: Connection;
let start: () => Promise<{ address: string }>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-missed-'));
  const [port, uiPort] = [await freePort(), await freePort()];
  const temporal = process.env['TEMPORAL_CLI_PATH'] ?? 'temporal';
  start = async () => await startTemporal(dir, { port, uiPort, temporal });
  connection = await Connection.connect(await start());
});
afterAll(async () => {
  await connection?.close();
  await stopProcess(dir, TEMPORAL_PROCESS);
  await rm(dir, { recursive: true, force: true });
});

test('what was due before the catch-up is missed, and counted', async () => {
  const client = new Client({ connection });
  const [applied] = await applySchedules(client, { often: ENTRY }, { remove: false });
  expect(applied).toMatchObject({ done: 'created' });
  const standing = async () => (await scheduleStandings(client, Date.now()).catch(() => []))[0];
  // Temporal counts from the first time that it has looked at a schedule.
  await expect.poll(async () => (await standing())?.last, PATIENT).toBeTruthy();
  await killProcess(dir, TEMPORAL_PROCESS);
  await sleep(AWAY_MS);
  await start();
  await expect.poll(async () => (await standing())?.missed, PATIENT).toBeGreaterThan(0);
});
