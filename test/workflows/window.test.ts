// The fear "a registry stuck in read-only": whatever happens inside the window, its way out is taken.

import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { heartbeat, sleep } from '@temporalio/activity';
import { fakeActivities, planningWith, resolvingTo, state } from './fake-activities.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const openWindow = async (migration: RunningMigration): Promise<void> => {
  await migration.decide('plan');
  await migration.decide('window');
};

/** A snapshot inside the window that never ends but by cancellation. */
const endlessFinalSnapshot = {
  async snapshotTags({ name }: { name: string }) {
    while (name === 'final') {
      heartbeat();
      await sleep(50);
    }
    return { repositories: 1, tags: 1, key: name };
  },
};

const wayOut = ['setReadOnly false', 'proveWritable', 'resumeCollection', 'writeReport'];

it('undoes everything when the budget is spent before the point of no return', async () => {
  const { calls, activities } = fakeActivities({
    ...endlessFinalSnapshot,
    resolveMigration: resolvingTo({ windowBudgetMs: 1500 }),
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('WindowBudgetSpent');
  expect(calls.slice(-4)).toEqual(wayOut);
  expect(calls).not.toContain('switchStorage s3-prod');
});

it('undoes everything when it is cancelled before the point of no return', async () => {
  const { calls, activities } = fakeActivities(endlessFinalSnapshot);
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.waitFor('the final snapshot', () => calls.includes('snapshotTags final'));
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
  expect(calls.slice(-4)).toEqual(wayOut);
});

it('undoes everything when a push is not refused', async () => {
  const { calls, activities } = fakeActivities({
    proveReadOnly: async () => {
      throw ApplicationFailure.nonRetryable('replica 1 accepted a push', 'ReadOnlyNotEnforced');
    },
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('ReadOnlyNotEnforced');
  expect(calls.slice(-4)).toEqual(wayOut);
});

it('goes forward after the point of no return, also when it is cancelled there', async () => {
  let release = false;
  const { calls, activities } = fakeActivities({
    async switchStorage() {
      while (!release) {
        heartbeat();
        await sleep(50);
      }
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.waitFor('the switch', () => calls.includes('switchStorage s3-prod'));
    await migration.cancel();
    release = true;
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
  });
  expect(calls).toContain('verifyImages');
  expect(calls.slice(-4)).toEqual(wayOut);
});

/** What the new storage serves has a problem. */
const missingImage = {
  verifyImages: async () => ({
    tags: 7,
    checkedTo: 7,
    manifests: 7,
    blobs: 9,
    pulledTags: 0,
    pulledBytes: 0,
    problems: 1,
    known: 0,
    unverified: 0,
    key: 'verification.ndjson',
  }),
};

it('switches back to the old storage when an image is missing on the new one', async () => {
  const { calls, activities } = fakeActivities(missingImage);
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('VerificationFailed');
  expect(calls.indexOf('switchStorage prod-volume')).toBeGreaterThan(calls.indexOf('verifyImages'));
  expect(calls.slice(-4)).toEqual(wayOut);
});

it('ends without a switch back where the approved plan says that there is none', async () => {
  const { calls, activities } = fakeActivities({
    ...missingImage,
    makePlan: planningWith({ back: null }),
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('VerificationFailed');
  expect(calls.filter((call) => call.startsWith('switchStorage'))).toEqual(['switchStorage s3-prod']);
  expect(calls.slice(-4)).toEqual(wayOut);
});

it('waits for a cancelled step to end before it takes the way out', async () => {
  let stillSetting = false;
  const order: string[] = [];
  const { calls, activities } = fakeActivities({
    async setReadOnly({ readOnly }) {
      if (!readOnly) {
        order.push(stillSetting ? 'way out while still setting' : 'way out');
        return;
      }
      stillSetting = true;
      try {
        for (;;) {
          heartbeat();
          await sleep(50);
        }
      } catch (error) {
        // What an activity does after its cancellation takes time as well.
        await new Promise((resolve) => setTimeout(resolve, 700));
        stillSetting = false;
        throw error;
      }
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.waitFor('read-only', () => calls.includes('setReadOnly true'));
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
  expect(order).toEqual(['way out']);
});

it('repeats a step after the point of no return until a person has mended it, with the registry read-only', async () => {
  let mended = false;
  const { calls, activities } = fakeActivities({
    async switchStorage() {
      if (!mended) throw ApplicationFailure.nonRetryable('400 INVALID_SETTINGS', 'RegistryRefused');
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    const status = await migration.waitFor('the problem', (now) => now.problem !== null);
    expect(status.problem).toBe('RegistryRefused: 400 INVALID_SETTINGS');
    expect(calls).not.toContain('setReadOnly false');
    mended = true;
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
  });
});

it('does not open for a registry that is not as the plan found it', async () => {
  let looks = 0;
  const { calls, activities } = fakeActivities({
    async inspectRegistry() {
      looks += 1;
      return { ...state, version: looks === 1 ? '2.7.9' : '2.8.0' };
    },
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('SourceUnstable');
  expect(calls).not.toContain('setReadOnly true');
});

it('does not open with damage that came after the question until that is accepted too', async () => {
  const { calls, activities } = fakeActivities({
    planPass: async () => ({
      shards: 1,
      sourceObjects: 10,
      sourceBytes: 1000,
      copyObjects: 1,
      copyBytes: 100,
      removeObjects: 0,
    }),
    copyShard: async ({ pass }) => ({
      copiedObjects: 0,
      copiedBytes: 0,
      removedObjects: 0,
      damaged: pass >= 3 ? 1 : 0,
      vanished: 0,
      proofs: {},
    }),
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.waitFor('the question', (now) => now.waitingFor?.topic === 'damaged-blobs');
    expect(calls).not.toContain('setReadOnly true');
    await migration.decide('damaged-blobs');
    expect((await migration.result()).damaged).toBe(1);
  });
});
