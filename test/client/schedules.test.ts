// `transship schedules` against a real server, with changes that people make by hand beside it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ScheduleDescription, ScheduleHandle, ScheduleUpdateOptions } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../../client/cli/run-cli.ts';
import { scheduleStandings, type ScheduleStanding } from '../../client/schedules/standing.ts';
import { type Applied, ourNames } from '../../client/schedules/reconcile.ts';
import { scheduleId } from '../../contracts/names.ts';
import { GOOD_INVENTORY } from '../support/inventory-file.ts';
import { recordedIo } from './recorded-io.ts';
import { type ServerRig, startServerRig } from './server-rig.ts';

const PATIENT = { timeout: 20_000 };

let rig: ServerRig;
let folder: string;

beforeAll(async () => {
  rig = await startServerRig();
  folder = await mkdtemp(path.join(tmpdir(), 'transship-schedules-'));
});
afterAll(async () => {
  await rig?.close();
  await rm(folder, { recursive: true });
});

async function transship(...args: string[]) {
  const io = recordedIo();
  const code = await runCli(['schedules', ...args, '--address', rig.address], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

/** `diff` or `apply` with an inventory of these schedules. What other tests have in Temporal is left out of the answer. */
async function reconcile(
  command: 'diff' | 'apply',
  schedules: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; of: Record<string, Applied> }> {
  const file = path.join(folder, 'inventory.yaml');
  const entries = Object.entries(schedules).map(([name, entry]) => `  ${name}: ${entry}\n`);
  await writeFile(
    file,
    `${GOOD_INVENTORY}schedules:${entries.length === 0 ? ' {}' : ''}\n${entries.join('')}`,
  );
  const { code, stdout, stderr } = await transship(command, '--inventory', file, '--json', ...args);
  if (stdout === '') throw new Error(stderr);
  const { schedules: all } = JSON.parse(stdout) as { schedules: Applied[] };
  return { code, of: Object.fromEntries(all.map((one) => [one.name, one])) };
}

async function listed(name: string): Promise<ScheduleStanding> {
  const { stdout } = await transship('list', '--json');
  const { schedules } = JSON.parse(stdout) as { schedules: ScheduleStanding[] };
  return schedules.find((one) => one.name === name)!;
}

const handleOf = (name: string): ScheduleHandle => rig.client.schedule.getHandle(scheduleId(name));

let schedules = 0;
const made: string[] = [];
function newName(): string {
  schedules += 1;
  made.push(`test-${schedules}`);
  return made.at(-1)!;
}
const NIGHTLY =
  '{ procedure: backup, registry: prod, calendar: "30 1 * * *", timezone: Europe/Berlin, jitter: 10m }';
const YEARLY = 'calendar: "0 0 1 1 *"';
/** It is due in years only, so that tests start its runs. */
const backupThat = (does: string, more = ''): string =>
  `{ procedure: backup, registry: prod, ${YEARLY}, input: { does: ${does} }${more} }`;

/** Whatever a test left; until Temporal's list, which is a moment behind, has none of it. */
afterEach(async () => {
  for (const name of made.splice(0))
    await handleOf(name)
      .delete()
      .catch(() => undefined);
  await vi.waitUntil(async () => (await ourNames(rig.client)).length === 0, PATIENT);
  await rig.client.workflow
    .getHandle('registry-prod')
    .terminate()
    .catch(() => undefined);
});

describe('apply', () => {
  test('makes what is missing, once: the second time changes nothing', async () => {
    const name = newName();
    const declared = { [name]: NIGHTLY };
    expect((await reconcile('diff', declared)).of[name]).toMatchObject({ standing: 'missing' });
    const first = await reconcile('apply', declared);
    expect(first.of[name]).toMatchObject({ done: 'created' });
    const made = await handleOf(name).describe();
    expect(made).toMatchObject({
      action: {
        workflowType: 'scheduledRun',
        taskQueue: 'transship',
        args: [{ schedule: name, procedure: 'backup', registry: 'prod', overlap: 'skip', input: {} }],
      },
      policies: { overlap: 'SKIP', catchupWindow: 4 * 3_600_000, pauseOnFailure: false },
      spec: { timezone: 'Europe/Berlin', jitter: 600_000 },
    });
    const second = await reconcile('apply', declared);
    expect({ code: second.code, done: second.of[name]?.done }).toEqual({ code: 0, done: 'nothing' });
    expect((await handleOf(name).describe()).info.lastUpdatedAt).toBeUndefined();
    expect((await reconcile('diff', declared)).code).toBe(0);
  });

  test('takes over what changed in the inventory', async () => {
    const name = newName();
    await reconcile('apply', { [name]: NIGHTLY });
    const changed = {
      [name]: NIGHTLY.replace('30 1', '45 2').replace('}', ', overlap: wait, catchUp: 1h }'),
    };
    const { code, of } = await reconcile('diff', changed);
    expect({ code, ...of[name] }).toMatchObject({
      code: 15,
      standing: 'different',
      by: 'inventory',
      fields: [
        { field: 'when', inventory: '45 2 * * *', temporal: '30 1 * * *' },
        { field: 'catchUp', inventory: '1h', temporal: '4h' },
        { field: 'overlap', inventory: 'BUFFER_ONE', temporal: 'SKIP' },
        { field: 'input' },
      ],
    });
    expect((await reconcile('apply', changed)).of[name]).toMatchObject({ done: 'updated' });
    expect((await reconcile('apply', changed)).of[name]).toMatchObject({ done: 'nothing' });
  });

  test('removes what the inventory has no longer only when told so', async () => {
    const name = newName();
    await reconcile('apply', { [name]: NIGHTLY });
    // Temporal's list is a moment behind.
    await expect
      .poll(async () => (await reconcile('diff', {})).of[name]?.standing, PATIENT)
      .toBe('undeclared');
    const left = await reconcile('apply', {});
    expect({ code: left.code, ...left.of[name] }).toMatchObject({ code: 15, done: 'nothing' });
    await handleOf(name).describe();
    const removed = await reconcile('apply', {}, '--remove');
    expect({ code: removed.code, ...removed.of[name] }).toMatchObject({ code: 0, done: 'removed' });
    await expect(handleOf(name).describe()).rejects.toThrow(/not found/i);
  });

  test('never touches a schedule of somebody else, whatever it is called', async () => {
    const [same, other] = [newName(), newName()];
    for (const name of [same, other])
      await rig.client.schedule.create({
        scheduleId: scheduleId(name),
        spec: { intervals: [{ every: '300d' }] },
        action: { type: 'startWorkflow', workflowType: 'foreign', taskQueue: 'theirs', args: [] },
      });
    await expect
      .poll(async () => (await Array.fromAsync(rig.client.schedule.list())).length, PATIENT)
      .toBeGreaterThanOrEqual(2);
    const { code, of } = await reconcile('apply', { [same]: NIGHTLY }, '--remove');
    expect({ code, of }).toMatchObject({
      code: 15,
      of: { [same]: { standing: 'foreign', done: 'nothing' } },
    });
    expect(of[other]).toBeUndefined();
    for (const name of [same, other]) {
      expect(await handleOf(name).describe()).toMatchObject({ action: { taskQueue: 'theirs' } });
      expect((await transship('pause', name, '--reason', 'mine')).code).toBe(10);
      await handleOf(name).delete();
    }
  });

  test('takes nothing of an inventory with a mistake', async () => {
    const name = newName();
    await expect(reconcile('apply', { [name]: '{ procedure: backup, registry: none }' })).rejects.toThrow(
      /there is no registry of this name[^]*calendar: is missing|calendar: is missing[^]*there is no registry/,
    );
    await expect(handleOf(name).describe()).rejects.toThrow(/not found/i);
  });
});

type Change = (live: ScheduleDescription) => Partial<ScheduleUpdateOptions>;
const spec =
  (change: object): Change =>
  (live) => ({ spec: { ...live.spec, ...change } });
const policies =
  (change: object): Change =>
  (live) => ({ policies: { ...live.policies, ...change } });
const action =
  (change: object): Change =>
  (live) => ({ action: { ...live.action, ...change } });

describe('a change by hand', () => {
  test.each<[string, Change, string, string]>([
    ['of the time', spec({ calendars: [{ hour: 3 }] }), 'when', '0 3 * * *'],
    [
      'to a second',
      spec({ calendars: [{ hour: 1, minute: 30, second: 5 }] }),
      'when',
      '30 1 * * * seconds 5',
    ],
    [
      'to a year',
      spec({ calendars: [{ hour: 1, minute: 30, year: 2030 }] }),
      'when',
      '30 1 * * * years 2030',
    ],
    [
      'by an interval',
      spec({ intervals: [{ every: '1h', offset: '5m' }] }),
      'when',
      '30 1 * * * and every 1h from 5m',
    ],
    ['of the zone', spec({ timezone: 'UTC' }), 'timezone', 'UTC'],
    ['of the jitter', spec({ jitter: 1000 }), 'jitter', '1s'],
    [
      'by an end',
      spec({ endAt: new Date('2027-01-01T00:00:00Z') }),
      'limits',
      '{"endAt":"2027-01-01T00:00:00.000Z"}',
    ],
    ['of the catch-up', policies({ catchupWindow: '365d' }), 'catchUp', '365d'],
    ['of the overlap', policies({ overlap: 'ALLOW_ALL' }), 'overlap', 'ALLOW_ALL'],
    ['to pause on failure', policies({ pauseOnFailure: true }), 'limits', '{"pauseOnFailure":true}'],
    ['to an end of runs', () => ({ state: { remainingActions: 3 } }), 'limits', '{"remainingActions":3}'],
    ['of the workflow', action({ workflowType: 'foreign' }), 'starts', 'foreign transship-NAME on transship'],
    ['of the input', action({ args: [{ registry: 'test' }] }), 'input', '[{"registry":"test"}]'],
    ['of the memo', action({ memo: {} }), 'memo', 'none'],
  ])('%s is shown, and undone by apply', async (_what, change, field, temporal) => {
    const name = newName();
    const declared = { [name]: NIGHTLY };
    await reconcile('apply', declared);
    await handleOf(name).update((live) => ({ ...live, ...change(live) }));
    const { code, of } = await reconcile('diff', declared);
    expect({ code, ...of[name] }).toMatchObject({
      code: 15,
      standing: 'different',
      by: 'hand',
      fields: [{ field, temporal: temporal.replace('NAME', name) }],
    });
    expect((await reconcile('apply', declared)).of[name]).toMatchObject({ done: 'updated' });
    expect((await reconcile('diff', declared)).of[name]).toMatchObject({ standing: 'same' });
  });

  test('beside one of the inventory is told as both', async () => {
    const name = newName();
    await reconcile('apply', { [name]: NIGHTLY });
    await handleOf(name).update((live) => ({ ...live, ...spec({ timezone: 'UTC' })(live) }));
    const { of } = await reconcile('diff', { [name]: NIGHTLY.replace('30 1', '45 1') });
    expect(of[name]).toMatchObject({ by: 'both', fields: [{ field: 'when' }, { field: 'timezone' }] });
  });
});

describe('a pause', () => {
  test('by hand outlives apply with its note, also one that changes something', async () => {
    const name = newName();
    await reconcile('apply', { [name]: NIGHTLY });
    expect((await transship('pause', name, '--reason', 'storage is moved', '--by', 'ops')).code).toBe(0);
    const paused = { paused: true, note: 'storage is moved (ops)' };
    const { code, of } = await reconcile('apply', { [name]: NIGHTLY });
    expect({ code, ...of[name] }).toMatchObject({
      code: 0,
      done: 'nothing',
      pausedByHand: { note: paused.note },
    });
    await reconcile('apply', { [name]: NIGHTLY.replace('30 1', '45 1') });
    expect((await handleOf(name).describe()).state).toEqual(paused);
    await expect.poll(async () => (await listed(name)).paused, PATIENT).toEqual({ note: paused.note });
    expect((await transship('list')).stdout).toMatch(new RegExp(`^${name}  paused: storage is moved`, 'm'));
    expect((await transship('resume', name, '--by', 'ops')).code).toBe(0);
    expect((await handleOf(name).describe()).state.paused).toBe(false);
  });

  test('of the inventory begins and ends with it, and one by hand outlives that', async () => {
    const name = newName();
    const declared = { [name]: NIGHTLY.replace('}', ', paused: true, note: not yet }') };
    await reconcile('apply', declared);
    expect((await handleOf(name).describe()).state).toEqual({ paused: true, note: 'not yet' });
    await transship('resume', name);
    expect((await reconcile('diff', declared)).of[name]).toMatchObject({
      by: 'hand',
      fields: [{ field: 'paused', inventory: 'yes: not yet', temporal: 'no' }],
    });
    await reconcile('apply', declared);
    await reconcile('apply', { [name]: NIGHTLY });
    expect((await handleOf(name).describe()).state.paused).toBe(false);
    await reconcile('apply', declared);
    await transship('pause', name, '--reason', 'disk is full', '--by', 'ops');
    await reconcile('apply', { [name]: NIGHTLY });
    expect((await handleOf(name).describe()).state).toEqual({ paused: true, note: 'disk is full (ops)' });
  });

  test.each(['pause', 'resume'])('%s of what there is not ends with 10', async (wish) => {
    expect((await transship(wish, 'nobody', '--reason', 'why')).code).toBe(10);
  });
});

describe('a run', () => {
  test('is the operation itself, under the id of its registry', async () => {
    const name = newName();
    await reconcile('apply', { [name]: backupThat('ends') });
    await handleOf(name).trigger();
    await expect.poll(async () => (await listed(name))?.last?.outcome, PATIENT).toBe('done');
    const operation = await rig.client.workflow.getHandle('registry-prod').describe();
    expect({ type: operation.type, status: operation.status.name }).toEqual({
      type: 'backupRegistry',
      status: 'COMPLETED',
    });
    const io = recordedIo();
    await runCli(['list', '--all', '--json', '--address', rig.address], io);
    expect(JSON.parse(io.stdout())).toMatchObject({
      operations: [{ workflowId: 'registry-prod', kind: 'backup' }],
    });
    expect((await transship('list')).code).toBe(0);
  });

  test('that failed or was skipped is shown, and ends the list with 19', async () => {
    const name = newName();
    await reconcile('apply', { [name]: backupThat('fails') });
    await handleOf(name).trigger();
    await expect.poll(async () => (await listed(name))?.last?.outcome, PATIENT).toBe('failed');
    expect(await transship('list')).toMatchObject({
      code: 19,
      stdout: expect.stringMatching(new RegExp(`^${name}  failed: the run of `, 'm')) as string,
    });
    await rig.client.workflow.start('backupRegistry', {
      workflowId: 'registry-prod',
      taskQueue: 'transship',
      args: [{ registry: 'prod', does: 'holds' }],
    });
    await handleOf(name).trigger();
    await expect
      .poll(async () => (await listed(name)).attention, PATIENT)
      .toEqual([expect.stringMatching(/^skipped: .*another operation held prod when/)]);
  });

  test('that still runs leaves out the next ones, which are counted', async () => {
    const name = newName();
    await reconcile('apply', { [name]: backupThat('holds').replace(YEARLY, 'every: 1s') });
    await expect.poll(async () => (await listed(name))?.skipped, PATIENT).toBeGreaterThan(1);
    const { info } = await handleOf(name).describe();
    expect(info).toMatchObject({ numActionsTaken: 1, runningActions: [expect.anything()] });
    const [later] = await scheduleStandings(rig.client, Date.now() + 600_000);
    expect(later).toMatchObject({
      lateSince: null,
      attention: [expect.stringMatching(/^overlap: .* while an earlier one still runs$/)],
    });
  });

  test('whose time is long past does not begin', async () => {
    const name = newName();
    await reconcile('apply', { [name]: NIGHTLY });
    const dayMs = 86_400_000;
    await handleOf(name).backfill([
      {
        start: new Date(Date.now() - 3 * dayMs),
        end: new Date(Date.now() - 2 * dayMs),
        overlap: 'BUFFER_ALL',
      },
    ]);
    await expect
      .poll(async () => (await listed(name))?.last, PATIENT)
      .toMatchObject({ outcome: 'skipped', because: 'no worker took it until it was too late to begin' });
  });

  test('that is due and does not begin is late', async () => {
    const name = newName();
    await reconcile('apply', { [name]: NIGHTLY });
    await expect.poll(async () => (await listed(name))?.lateSince, PATIENT).toBeNull();
    const next = Date.parse((await listed(name)).nextAt!);
    // As the scheduler stood still until then
    const standingAt = async (nowMs: number) =>
      (await scheduleStandings(rig.client, nowMs)).find((one) => one.name === name)!;
    expect((await standingAt(next + 60_000)).lateSince).toBeNull();
    const late = await standingAt(next + 900_000);
    expect(Math.abs(Date.parse(late.lateSince!) - next)).toBeLessThanOrEqual(600_000);
    expect(late.attention).toEqual([`late: the run of ${late.lateSince} has not begun`]);
    await transship('pause', name, '--reason', 'not now');
    expect((await standingAt(next + 900_000)).attention).toEqual([]);
  });
});
