// The fear "a registry stuck in read-only": whatever happens inside the window, its way out is taken.

import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { heartbeat, sleep } from '@temporalio/activity';
import { fakeActivities, subject } from './fake-activities.ts';
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

const wayOut = ['setReadOnly false', 'proveWritable', 'restoreGarbageCollection', 'writeReport'];

it('undoes everything when the budget is spent before the point of no return', async () => {
  const { calls, activities } = fakeActivities({
    ...endlessFinalSnapshot,
    resolveMigration: async () => ({ ...subject, windowBudgetMs: 1500 }),
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('WindowBudgetSpent');
  expect(calls.slice(-4)).toEqual(wayOut);
  expect(calls).not.toContain('switchStorageKeepingMetadata s3-prod');
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
    async switchStorageKeepingMetadata() {
      while (!release) {
        heartbeat();
        await sleep(50);
      }
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.waitFor('the switch', () => calls.includes('switchStorageKeepingMetadata s3-prod'));
    await migration.cancel();
    release = true;
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
  });
  expect(calls).toContain('verifyImages');
  expect(calls.slice(-4)).toEqual(wayOut);
});

it('switches back to the old storage when an image is missing on the new one', async () => {
  const { calls, activities } = fakeActivities({
    verifyImages: async () => ({
      tags: 7,
      checkedTo: 7,
      manifests: 7,
      blobs: 9,
      pulledTags: 0,
      pulledBytes: 0,
      problems: 1,
      key: 'verification.ndjson',
    }),
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('VerificationFailed');
  expect(calls.indexOf('reconfigureStorageMigrated prod-volume')).toBeGreaterThan(
    calls.indexOf('verifyImages'),
  );
  expect(calls.slice(-4)).toEqual(wayOut);
});
