// What both paths do and in which order, with activities that only remember: the order is what keeps images.

import { heartbeat, sleep } from '@temporalio/activity';
import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reasonOf } from '../../workflows/operation/failure.ts';
import { fakeActivities, FIRST, planningWith, resolvingTo, SECOND } from './fake-activities.ts';
import { failureOf, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** The calls from the first on that starts with `first`. */
const from = (calls: string[], first: string): string[] =>
  calls.slice(calls.findIndex((call) => call.startsWith(first)));

const approveAll = ['plan', 'window'] as const;

for (const maxCachedWorkflows of [10, 0])
  describe(`with ${maxCachedWorkflows === 0 ? 'the workflow cache off' : 'a workflow cache'}`, () => {
    it('carries the read-only path out in its order', async () => {
      const { calls, activities } = fakeActivities();
      const result = await rig.run(
        activities,
        async (migration) => {
          for (const step of approveAll) await migration.decide(step);
          return migration.result();
        },
        { path: 'read-only', maxCachedWorkflows },
      );
      expect(
        from(calls, 'setReadOnly').filter((call) => !/^(snapshotTags|compareTags|planPass)/.test(call)),
      ).toEqual([
        'setReadOnly true',
        'proveReadOnly',
        'checkClosure destination',
        'findCanaries',
        'writeCanaries marked',
        'inspectRegistry',
        'proveReadOnly',
        'noteInUse',
        'switchStorage s3-prod',
        'waitUntilHealthy',
        'setReadOnly true',
        'proveReadOnly',
        'proveServedFrom',
        'verifyImages',
        'writeCanaries pushed',
        'setReadOnly false',
        'proveWritable',
        'resumeCollection',
        'removeCanaries',
        'releaseDestination',
        'writeReport',
      ]);
      expect(calls.indexOf('pauseCollection')).toBeLessThan(calls.indexOf('backUpMetadata before'));
      expect(calls.indexOf('backUpMetadata before')).toBeLessThan(
        calls.findIndex((call) => call.startsWith('planPass')),
      );
      expect(result).toMatchObject({
        outcome: 'migrated',
        objects: 10,
        garbageCollection: 'not-part-of-this-path',
      });
    });

    it('carries the best practice out: nothing is destroyed before a backup taken after the last push', async () => {
      const { calls, activities } = fakeActivities();
      const result = await rig.run(
        activities,
        async (migration) => {
          for (const step of [...approveAll, 'garbage-collection'] as const) await migration.decide(step);
          return migration.result();
        },
        { path: 'best-practice', maxCachedWorkflows },
      );
      expect(
        from(calls, 'backUpMetadata final').filter((call) => !/^(snapshotTags|compareTags)/.test(call)),
      ).toEqual([
        'backUpMetadata final',
        'findCanaries',
        'writeCanaries marked',
        'inspectRegistry',
        'proveReadOnly',
        'noteInUse',
        `takeDownReplica ${SECOND}`,
        `takeDownReplica ${FIRST}`,
        `bringUpReplica ${FIRST}`,
        'waitUntilHealthy',
        'setReadOnly true',
        'proveReadOnly',
        'switchStorage s3-prod',
        `joinReplica ${SECOND}`,
        'waitUntilHealthy',
        'setReadOnly true',
        'proveReadOnly',
        'proveServedFrom',
        'verifyImages',
        'writeCanaries pushed',
        'setReadOnly false',
        'proveWritable',
        'collectGarbage',
        'resumeCollection',
        'removeCanaries',
        'releaseDestination',
        'writeReport',
      ]);
      expect(calls.indexOf('proveReadOnly')).toBeLessThan(calls.indexOf('backUpMetadata final'));
      expect(result).toMatchObject({ outcome: 'migrated', garbageCollection: 'done' });
    });
  });

it('leaves blobs alone when the garbage collection is rejected, and still ends well', async () => {
  const { calls, activities } = fakeActivities();
  const result = await rig.run(
    activities,
    async (migration) => {
      for (const step of approveAll) await migration.decide(step);
      await migration.decide('garbage-collection', 'reject');
      return migration.result();
    },
    { path: 'best-practice' },
  );
  expect(result.garbageCollection).toBe('declined');
  expect(calls.some((call) => call.startsWith('collectGarbage'))).toBe(false);
});

it('does not switch a registry that was brought up on the new storage, where its recipe says so', async () => {
  const { calls, activities } = fakeActivities({
    makePlan: planningWith({ afterBringUp: null }),
  });
  await rig.run(
    activities,
    async (migration) => {
      for (const step of [...approveAll, 'garbage-collection'] as const) await migration.decide(step);
      return migration.result();
    },
    { path: 'best-practice' },
  );
  expect(calls).toContain(`bringUpReplica ${FIRST}`);
  expect(calls.some((call) => call.startsWith('switchStorage'))).toBe(false);
});

it('does not collect when it is cancelled at that question, and the audit trail says so', async () => {
  const { calls, activities } = fakeActivities();
  await rig.run(
    activities,
    async (migration) => {
      for (const step of approveAll) await migration.decide(step);
      await migration.waitFor('the question', (now) => now.waitingFor?.topic === 'garbage-collection');
      await migration.cancel();
      await expect(migration.result()).resolves.toMatchObject({
        outcome: 'migrated',
        garbageCollection: 'declined',
      });
      expect((await migration.status()).audit.at(-1)?.event).toBe('cancelled');
    },
    { path: 'best-practice' },
  );
  expect(calls).not.toContain('collectGarbage');
});

it('says why when what it looks at stays away, instead of trying for ever', async () => {
  const { activities } = fakeActivities({
    async measureStorage() {
      throw ApplicationFailure.create({
        type: 'StorageUnavailable',
        message: 'no such directory',
        nextRetryDelay: 10,
      });
    },
  });
  await rig.run(activities, async (migration) => {
    const error: unknown = await migration.result().catch((reason: unknown) => reason);
    expect(reasonOf((error as WorkflowFailedError).cause)).toEqual({
      type: 'StorageUnavailable',
      message: 'no such directory',
    });
  });
});

it.each(['SecretUnavailable', 'StorageMismatch'] as const)(
  'says at once what stays until somebody mends it: %s',
  async (type) => {
    const { calls, activities } = fakeActivities({
      async measureStorage() {
        throw ApplicationFailure.create({ type, message: 'not there' });
      },
    });
    await rig.run(activities, async (migration) => {
      expect((await failureOf(migration)).type).toBe(type);
    });
    expect(calls.filter((call) => call === 'measureStorage')).toHaveLength(1);
  },
);

it.each(['checkClosure', 'makePlan'] as const)(
  'leaves no image of ours behind when it is cancelled at %s, before there is a plan',
  async (step) => {
    const { calls, activities } = fakeActivities({
      async [step]() {
        for (;;) {
          heartbeat();
          await sleep(50);
        }
      },
    });
    await rig.run(activities, async (migration) => {
      await expect.poll(() => calls.join(), { timeout: 20_000 }).toContain(step);
      await migration.cancel();
      expect((await failureOf(migration)).type).toBe('CancelledFailure');
    });
    expect(calls.at(-1)).toBe('removeCanaries');
  },
);

it('stops after the plan in a dry run', async () => {
  const { calls, activities } = fakeActivities({
    resolveMigration: resolvingTo({ dryRun: true }),
  });
  const result = await rig.run(activities, (migration) => migration.result());
  expect(result).toMatchObject({ outcome: 'planned', planDigest: 'sha256:plan', plan: 'plan.txt' });
  expect(calls.slice(-2)).toEqual(['makePlan', 'removeCanaries']);
});

it('says in the history what each call is about', async () => {
  const { activities } = fakeActivities();
  const workflowId = await rig.run(activities, async (migration) => {
    for (const step of approveAll) await migration.decide(step);
    await migration.result();
    return migration.workflowId;
  });
  const { events } = await rig.client.workflow.getHandle(workflowId).fetchHistory();
  const summaries = (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
      scheduled && userMetadata?.summary?.data
        ? [`${scheduled.activityType?.name}: ${Buffer.from(userMetadata.summary.data).toString()}`]
        : [],
  );
  expect(summaries).toContain('setReadOnly: "readOnly true"');
  expect(summaries).toContain(`backUpMetadata: "replica ${FIRST}, name before"`);
});
