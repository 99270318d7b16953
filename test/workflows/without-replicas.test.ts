// A replica that dies for good after the point of no return, by both paths: the registry goes on without it, and says so.

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import { fakeActivities, FIRST, SECOND } from './fake-activities.ts';
import { openWindow } from './open-window.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from './rig.ts';
import { expectWayOut } from './way-out.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const DEAD = 'replica 000000000002: it got no answer';

const theWays = async (migration: RunningMigration, id = 'recovery') => {
  const { waitingFor } = await migration.waitFor('the ways', (now) => now.waitingFor?.id === id);
  return waitingFor!;
};
const goWithout = async (migration: RunningMigration) =>
  await migration.decide('recovery', 'approve', 'without-replica');

it('a replica that is dead after the switch is given up, nothing more is asked of it, and the report says so', async () => {
  const asked: unknown[] = [];
  let facts: ReportFacts | undefined;
  const { calls, activities } = fakeActivities({
    async waitUntilHealthy({ replicas }) {
      if (replicas.includes(SECOND)) throw ApplicationFailure.nonRetryable(DEAD, 'RegistryRefused');
    },
    async proveServedFrom({ without }) {
      asked.push(without);
    },
    // Opened again it would take pushes on the storage that it still uses
    async setReadOnly({ readOnly, without }) {
      if (!readOnly) asked.push(without);
    },
    async proveWritable({ without }) {
      asked.push(without);
      return [];
    },
    findIll: async () => ({ ill: [{ replica: SECOND, problem: 'it got no answer' }], well: [FIRST] }),
    async writeReport(written) {
      facts = written;
      return { key: 'report.html' };
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    expect((await theWays(migration)).choices).toEqual([
      'try-again',
      'switch-back',
      'without-replica',
      'stay-read-only',
    ]);
    await goWithout(migration);
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
  });
  expect(asked).toEqual([[SECOND], [SECOND], [SECOND]]);
  expect(facts?.left.join()).toMatch(
    /Replica 000000000002 was given up by a person's choice \(it got no answer\)\. Remove it from prod before it comes back, because it may still use prod-volume/,
  );
  expectWayOut(calls);
});

it.each([
  ['No replica is well', { ill: [{ replica: FIRST, problem: 'ill' }], well: [] }],
  ['Every replica is well', { ill: [], well: [FIRST, SECOND] }],
])('%s: then none is given up, and it is asked again', async (why, found) => {
  const { calls, activities } = fakeActivities({
    async waitUntilHealthy() {
      throw ApplicationFailure.nonRetryable(DEAD, 'RegistryRefused');
    },
    findIll: async () => found,
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await theWays(migration);
    await goWithout(migration);
    expect((await theWays(migration, 'recovery#2')).text).toContain(why);
    await migration.decide('recovery', 'approve', 'stay-read-only');
    expect((await failureOf(migration)).type).toBe('LeftReadOnly');
  });
  expect(calls).not.toContain('setReadOnly false');
});

it.each(['takeDownReplica', 'joinReplica'] as const)(
  'best practice goes on without a replica whose %s fails for good',
  async (what) => {
    const { calls, activities } = fakeActivities({
      async [what]({ replica }: { replica: string }) {
        if (replica === SECOND) throw ApplicationFailure.nonRetryable('its host is gone', 'CommandFailed');
      },
    });
    await rig.run(
      activities,
      async (migration) => {
        await openWindow(migration);
        await theWays(migration);
        await goWithout(migration);
        await migration.decide('garbage-collection', 'reject');
        await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
      },
      { path: 'best-practice' },
    );
    const joined = calls.filter((call) => call === `joinReplica ${SECOND}`);
    expect(joined).toHaveLength(what === 'joinReplica' ? 1 : 0);
    expectWayOut(calls);
  },
);

it('a replica that dies while the registry is switched is not waited for by the switch that is made again', async () => {
  const { calls, activities } = fakeActivities({
    async switchStorage({ without = [] }) {
      if (!without.includes(SECOND)) throw ApplicationFailure.nonRetryable(DEAD, 'RegistryRefused');
    },
    locateStorage: async () => ({ uses: [], place: 'nobody knows' }),
    findIll: async () => ({ ill: [{ replica: SECOND, problem: 'it got no answer' }], well: [FIRST] }),
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await theWays(migration);
    await goWithout(migration);
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
  });
  expectWayOut(calls);
});
