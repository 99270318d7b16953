// The fear "a registry stuck in read-only": whatever happens inside the window, its way out is taken.

import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heartbeat, sleep } from '@temporalio/activity';
import type { MigrationStatus } from '../../contracts/migration.ts';
import { fakeActivities, planningWith, resolvingTo, state } from './fake-activities.ts';
import { expectWayOut } from './way-out.ts';
import { openWindow } from './open-window.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(fileURLToPath(new URL('../support/pass-parent.ts', import.meta.url)));
});
afterAll(() => rig.close());

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
  expectWayOut(calls);
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
  expectWayOut(calls);
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
  expectWayOut(calls);
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
  expectWayOut(calls);
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

const askedWays = async (
  migration: RunningMigration,
  calls: string[],
): Promise<{ choices: string[]; choose: (choice: string) => Promise<void> }> => {
  await openWindow(migration);
  const { waitingFor } = await migration.waitFor('the ways', (now) => now.waitingFor?.topic === 'recovery');
  expect(calls).not.toContain('setReadOnly false');
  expect(calls).not.toContain('resumeCollection');
  return {
    choices: waitingFor!.choices!,
    choose: (choice) => migration.decide('recovery', 'approve', choice),
  };
};

describe('when an image is missing on the new storage', () => {
  it('stays read-only until somebody chooses, and goes back to the old storage if that is the choice', async () => {
    const { calls, activities } = fakeActivities(missingImage);
    const failure = await rig.run(activities, async (migration) => {
      const { choices, choose } = await askedWays(migration, calls);
      expect(choices).toEqual(['verify-again', 'switch-back', 'go-on', 'stay-read-only']);
      await choose('switch-back');
      return failureOf(migration);
    });
    expect(failure.type).toBe('VerificationFailed');
    expect(calls.indexOf('switchStorage prod-volume')).toBeGreaterThan(calls.indexOf('verifyImages'));
    expectWayOut(calls);
  });

  it('offers no way back where the approved plan says that there is none', async () => {
    const { calls, activities } = fakeActivities({ ...missingImage, makePlan: planningWith({ back: null }) });
    await rig.run(activities, async (migration) => {
      const { choices, choose } = await askedWays(migration, calls);
      expect(choices).toEqual(['verify-again', 'go-on', 'stay-read-only']);
      await choose('stay-read-only');
      expect((await failureOf(migration)).type).toBe('LeftReadOnly');
    });
    expect(calls.filter((call) => call.startsWith('switchStorage'))).toEqual(['switchStorage s3-prod']);
  });

  it('goes no way back over a push that was accepted since, and asks again', async () => {
    const { calls, activities } = fakeActivities({
      ...missingImage,
      compareTags: async ({ name }) => ({
        unchanged: 7,
        added: name === 'going-back' ? 1 : 0,
        changed: 0,
        removed: 0,
        untagged: 0,
        key: name,
      }),
    });
    await rig.run(activities, async (migration) => {
      const { choose } = await askedWays(migration, calls);
      await choose('switch-back');
      const { waitingFor } = await migration.waitFor(
        'the next question',
        (now) => now.waitingFor?.id === 'recovery#2',
      );
      expect(waitingFor!.text).toContain('1 tags were pushed, 0 changed');
      await choose('stay-read-only');
      await failureOf(migration);
    });
    expect(calls).not.toContain('switchStorage prod-volume');
  });

  it('destroys what is there and restores the final backup again if that is the choice', async () => {
    let looks = 0;
    const attempts: (number | undefined)[] = [];
    const { calls, activities } = fakeActivities({
      async verifyImages({ name }) {
        if (name === 'window') looks += 1;
        return { ...(await missingImage.verifyImages()), problems: name === 'window' && looks === 1 ? 1 : 0 };
      },
      async bringUpReplica({ attempt }) {
        attempts.push(attempt);
      },
    });
    await rig.run(
      activities,
      async (migration) => {
        const { choices, choose } = await askedWays(migration, calls);
        expect(choices).toEqual([
          'verify-again',
          'restore-again',
          'restore-unseen',
          'go-on',
          'stay-read-only',
        ]);
        await choose('restore-again');
        await migration.decide('garbage-collection', 'reject');
        await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
      },
      { path: 'best-practice' },
    );
    // What is done once is done again under another name
    expect(attempts).toEqual([1, 2]);
    expectWayOut(calls);
  });

  it.each(['restore-again', 'restore-unseen'])('throws no accepted push away by %s', async (way) => {
    const { calls, activities } = fakeActivities({
      ...missingImage,
      compareTags: async ({ name }) => ({
        unchanged: 7,
        added: 0,
        changed: 0,
        removed: 0,
        // Pushed by its digest alone.
        untagged: name === 'going-back' ? 1 : 0,
        key: name,
      }),
    });
    await rig.run(
      activities,
      async (migration) => {
        const { choose } = await askedWays(migration, calls);
        await choose(way);
        const { waitingFor, problem } = await migration.waitFor(
          'the next question',
          (now) => now.waitingFor?.id === 'recovery#2',
        );
        expect(waitingFor!.text).toContain('1 manifests came without a tag');
        expect(problem).toContain('1 manifests came without a tag');
        await choose('stay-read-only');
        await failureOf(migration);
      },
      { path: 'best-practice' },
    );
    expect(calls.filter((call) => call.startsWith('bringUpReplica'))).toHaveLength(1);
  });

  it('leaves the registry read-only and its garbage alone if that is the choice, and says so', async () => {
    const { calls, activities } = fakeActivities(missingImage);
    await rig.run(activities, async (migration) => {
      const { choose } = await askedWays(migration, calls);
      await choose('stay-read-only');
      expect((await failureOf(migration)).type).toBe('LeftReadOnly');
    });
    expect(calls).not.toContain('setReadOnly false');
    expect(calls).not.toContain('resumeCollection');
    expect(calls.at(-1)).toBe('writeReport');
  });

  it('goes on without it if that is the choice, but never with garbage collection', async () => {
    const { calls, activities } = fakeActivities(missingImage);
    await rig.run(
      activities,
      async (migration) => {
        const { choices, choose } = await askedWays(migration, calls);
        expect(choices).not.toContain('switch-back');
        await choose('go-on');
        await expect(migration.result()).resolves.toMatchObject({ garbageCollection: 'not-run' });
      },
      { path: 'best-practice' },
    );
    expect(calls).toContain('setReadOnly false');
    expect(calls).not.toContain('resumeCollection');
    expect(calls).not.toContain('collectGarbage');
  });

  it('looks again if that is the choice', async () => {
    let looks = 0;
    const { calls, activities } = fakeActivities({
      async verifyImages({ name }) {
        if (name === 'window') looks += 1;
        return { ...(await missingImage.verifyImages()), problems: looks === 1 ? 1 : 0 };
      },
    });
    await rig.run(activities, async (migration) => {
      const { choose } = await askedWays(migration, calls);
      await choose('verify-again');
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
    });
    expectWayOut(calls);
  });

  it('takes no decision that names none of the ways', async () => {
    const { calls, activities } = fakeActivities(missingImage);
    await rig.run(activities, async (migration) => {
      const { choose } = await askedWays(migration, calls);
      const { waitingFor } = await migration.status();
      const decision = { question: waitingFor!.id, planDigest: waitingFor!.planDigest, by: 'carol' };
      for (const wrong of [
        { ...decision, decision: 'reject' },
        { ...decision, decision: 'approve' },
        { ...decision, decision: 'approve', choice: 'format-the-disk' },
      ])
        await expect(migration.update('decide', wrong)).rejects.toThrow(WorkflowUpdateFailedError);
      expect((await migration.status()).waitingFor?.id).toBe('recovery');
      await choose('stay-read-only');
      await failureOf(migration);
    });
  });
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

const refused = ApplicationFailure.nonRetryable('400 INVALID_SETTINGS', 'RegistryRefused');

describe('a switch that the registry refuses', () => {
  it('is undone when the budget is spent, while the registry says that it is where it was', async () => {
    const { calls, activities } = fakeActivities({
      resolveMigration: resolvingTo({ windowBudgetMs: 5000 }),
      async switchStorage() {
        throw refused;
      },
    });
    const failure = await rig.run(activities, async (migration) => {
      await openWindow(migration);
      const status = await migration.waitFor('the problem', (now) => now.problem !== null);
      expect(status.problem).toBe('RegistryRefused: 400 INVALID_SETTINGS');
      return failureOf(migration);
    });
    expect(failure.type).toBe('WindowBudgetSpent');
    expectWayOut(calls);
  });

  it('is undone when it is cancelled, while the registry says that it is where it was', async () => {
    const { calls, activities } = fakeActivities({
      async switchStorage() {
        throw refused;
      },
    });
    await rig.run(activities, async (migration) => {
      await openWindow(migration);
      await migration.waitFor('the problem', (now) => now.problem !== null);
      await migration.cancel();
      await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
    });
    expectWayOut(calls);
  });

  it('is a matter for a person once the registry no longer says where it was', async () => {
    let mended = false;
    const { calls, activities } = fakeActivities({
      async switchStorage() {
        if (!mended) throw refused;
      },
      locateStorage: async () => ({ uses: [], place: 'nowhere' }),
    });
    await rig.run(activities, async (migration) => {
      await openWindow(migration);
      const { waitingFor, problem } = await migration.waitFor(
        'the ways',
        (now) => now.waitingFor !== null && now.waitingFor.topic === 'recovery',
      );
      expect(waitingFor?.choices).toEqual(['try-again', 'switch-back', 'without-replica', 'stay-read-only']);
      expect(problem).toBe('RegistryRefused: 400 INVALID_SETTINGS');
      await migration.cancel();
      expect(calls).not.toContain('setReadOnly false');
      mended = true;
      await migration.decide('recovery', 'approve', 'try-again');
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
    });
  });
});

it('does not take a switch for done that a replica does not show', async () => {
  let there = false;
  const { calls, activities } = fakeActivities({
    async proveServedFrom() {
      if (!there)
        throw ApplicationFailure.create({
          type: 'WrongStorage',
          message: 'replica 2 serves what lies in the storage before the move',
          nextRetryDelay: 10,
        });
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    const { problem } = await migration.waitFor('the problem', (now) => now.problem !== null);
    expect(problem).toContain('WrongStorage: replica 2');
    expect(calls).not.toContain('verifyImages window');
    expect(calls).not.toContain('setReadOnly false');
    there = true;
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

it('does not open after a reset', async () => {
  const { calls, activities } = fakeActivities();
  await rig.work(activities, async (taskQueue) => {
    const workflowId = `registry-reset-${taskQueue}`;
    const handle = await rig.client.workflow.start('readOnlyMigration', {
      workflowId,
      taskQueue,
      args: [{ registry: 'prod', destination: 's3-prod' }],
    });
    const status = (): Promise<MigrationStatus> => rig.client.workflow.getHandle(workflowId).query('status');
    const isAsked = async (question: string): Promise<void> => {
      while ((await status()).waitingFor?.id !== question)
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const approval = { planDigest: 'sha256:plan', by: 'tester' };
    await isAsked('plan');
    await handle.signal('approve', { ...approval, question: 'plan' });
    await isAsked('window');
    const { events } = await handle.fetchHistory();
    const task = events!.findLast((event) => event.workflowTaskCompletedEventAttributes)!;
    await rig.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      reason: 'a slip',
      workflowTaskFinishEventId: task.eventId!,
      requestId: workflowId,
    });
    const again = rig.client.workflow.getHandle(workflowId);
    await isAsked('window');
    await again.signal('approve', { ...approval, question: 'window' });
    await expect(again.result()).rejects.toMatchObject({ cause: { cause: { type: 'InvalidInput' } } });
  });
  expect(calls).not.toContain('setReadOnly true');
  expect(calls).toContain('resumeCollection');
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

it('has slots of its own: copies that never end starve neither the window nor the way out', async () => {
  const SLOTS = 2;
  let endless = 0;
  let startCopies: (() => Promise<void>) | undefined;
  const { calls, activities } = fakeActivities({
    async setReadOnly({ readOnly }) {
      if (!readOnly) return;
      const start = startCopies;
      // Once: it is set again after the switch.
      startCopies = undefined;
      await start?.();
    },
    async planPass({ job }) {
      const shards = job.includes('-other/') ? SLOTS : 0;
      return {
        shards,
        sourceObjects: 1,
        sourceBytes: 1,
        copyObjects: shards,
        copyBytes: 1,
        removeObjects: 0,
      };
    },
    async copyShard() {
      endless += 1;
      for (;;) {
        heartbeat();
        await sleep(50);
      }
    },
  });
  await rig.run(
    activities,
    async (migration) => {
      const { taskQueue } = migration;
      const workflowId = `${migration.workflowId}-other`;
      startCopies = async () => {
        const input = {
          job: '',
          pass: 1,
          source: 'a',
          destination: 'b',
          yieldTo: null,
          boundTo: null,
          binding: {},
        };
        await rig.client.workflow.start('passParent', {
          workflowId,
          taskQueue,
          args: [{ ...input, final: false, concurrency: SLOTS }],
        });
        while (endless < SLOTS) await sleep(50);
      };
      await openWindow(migration);
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
      expect(endless).toBe(SLOTS);
      await rig.client.workflow.getHandle(workflowId).terminate();
    },
    { slots: SLOTS },
  );
  expectWayOut(calls);
});
