// However a migration ends, the registry accepts pushes, its schedules are as they were, no tag is lost or changed, no
// acknowledged push is gone, nothing of ours is left, and the report says what happened and what to do. Somebody pushes all the while.

import { heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILURES } from '../../contracts/failures.ts';
import type { MigrationTopic } from '../../contracts/migration.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { MigrationStepId } from '../../contracts/plan.ts';
import { type AllActivities, FIRST, resolvingTo, SECOND, subject } from './fake-activities.ts';
import { type Modelled, modelledRegistry } from './modelled-registry.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** A call of each step, by the names of the fake activities. */
const DURING: Record<MigrationStepId, string> = {
  'pause-collection': 'pauseCollection',
  'back-up-before': 'backUpMetadata before',
  copy: 'copyShard',
  'open-window': 'setReadOnly true',
  'final-delta': 'snapshotTags final',
  'back-up-final': 'backUpMetadata final',
  prove: 'writeCanaries marked',
  'take-down': `takeDownReplica ${SECOND}`,
  'bring-up': `bringUpReplica ${FIRST}`,
  join: `joinReplica ${SECOND}`,
  'switch-storage': 'switchStorage s3-prod',
  verify: 'verifyImages',
  'close-window': 'setReadOnly false',
  'collect-garbage': 'collectGarbage',
  'resume-collection': 'resumeCollection',
  report: 'writeReport',
};
/** From here on a cancellation comes too late. */
const NO_RETURN: Record<MigrationPath, MigrationStepId> = {
  'best-practice': 'take-down',
  'read-only': 'switch-storage',
};
const STEPS: Record<MigrationPath, MigrationStepId[]> = {
  'best-practice': [
    'pause-collection',
    'back-up-before',
    'copy',
    'open-window',
    'final-delta',
    'back-up-final',
    'prove',
    'take-down',
    'bring-up',
    'join',
    'verify',
    'close-window',
    'collect-garbage',
    'resume-collection',
    'report',
  ],
  'read-only': [
    'pause-collection',
    'back-up-before',
    'copy',
    'open-window',
    'final-delta',
    'prove',
    'switch-storage',
    'verify',
    'close-window',
    'resume-collection',
    'report',
  ],
};
const everyStep = (['best-practice', 'read-only'] as const).flatMap((path) =>
  STEPS[path].map((step): [MigrationPath, MigrationStepId] => [path, step]),
);

const QUESTIONS = ['plan', 'window', 'garbage-collection'] as const;

/** Approves whatever is asked before `last`, and nothing that is not asked any more. */
async function approveUntil(migration: RunningMigration, last?: MigrationTopic): Promise<void> {
  for (const topic of QUESTIONS) {
    if (topic === last) return;
    await migration.decide(topic).catch(() => undefined);
  }
}

/** Undone, with this failure, and a report that says so and what to do. */
async function expectUndone(model: Modelled, ended: ReturnType<typeof failureOf>, type: string) {
  expect((await ended).type).toBe(type);
  model.expectWell('prod-volume');
  const { failure, result, window } = model.reports.at(-1)!;
  expect(failure?.type).toBe(type);
  expect(result.outcome).toBe('failed');
  expect(window.openedAt === null).toBe(window.closedAt === null);
  expect([...Object.keys(FAILURES), 'CancelledFailure']).toContain(type);
}

/** Cancels in a call of the step; returns when the migration has ended. */
async function cancelIn(
  path: MigrationPath,
  step: MigrationStepId,
  model: Modelled,
  ends: (migration: RunningMigration) => Promise<void>,
): Promise<void> {
  let cancelledIn: string | undefined;
  await rig.run(
    model.activities,
    async (migration) => {
      model.during = async (call) => {
        if (call !== DURING[step] || cancelledIn !== undefined) return;
        // Images are verified before the copy ends, too
        const { id } = (await migration.status()).step;
        if (id !== step) return;
        cancelledIn = id;
        await migration.cancel();
      };
      const approving = approveUntil(migration);
      await ends(migration);
      await approving;
    },
    { path },
  );
  expect(cancelledIn).toBe(step);
  expect(model.planned).toEqual(STEPS[path]);
}

const isTooLate = ([path, step]: [MigrationPath, MigrationStepId]): boolean =>
  STEPS[path].indexOf(step) >= STEPS[path].indexOf(NO_RETURN[path]);

describe('cancelled', () => {
  it.each(everyStep.filter((one) => !isTooLate(one)))(
    'in a step of the %s path before the point of no return, %s, it is undone',
    async (path, step) => {
      const model = modelledRegistry();
      await cancelIn(path, step, model, (migration) =>
        expectUndone(model, failureOf(migration), 'CancelledFailure'),
      );
    },
  );

  it.each(everyStep.filter(isTooLate))(
    'in a step of the %s path from the point of no return on, %s, it goes forward',
    async (path, step) => {
      const model = modelledRegistry();
      await cancelIn(path, step, model, async (migration) => {
        await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated', problems: 0 });
        model.expectWell('s3-prod');
      });
    },
  );

  it.each(['plan', 'window'] as const)('while the question %s is open it is undone', async (topic) => {
    const model = modelledRegistry();
    await rig.run(model.activities, async (migration) => {
      await approveUntil(migration, topic);
      await migration.waitFor(topic, ({ waitingFor }) => waitingFor?.topic === topic);
      await migration.cancel();
      await expectUndone(model, failureOf(migration), 'CancelledFailure');
    });
  });

  it('while it looks and plans it leaves nothing behind, and there is no report yet', async () => {
    const model = modelledRegistry();
    await rig.run(model.activities, async (migration) => {
      model.during = async (call) => void (call === 'checkClosure source' && (await migration.cancel()));
      expect((await failureOf(migration)).type).toBe('CancelledFailure');
    });
    expect(model.calls.at(-1)).toBe('removeCanaries');
    expect(model.reports).toEqual([]);
  });

  it('while garbage is collected it has moved all the same', async () => {
    const model = modelledRegistry({
      async collectGarbage() {
        for (;;) {
          heartbeat();
          await sleep(50);
        }
      },
    });
    await rig.run(
      model.activities,
      async (migration) => {
        model.during = async (call) => void (call === 'collectGarbage' && (await migration.cancel()));
        await approveUntil(migration);
        await expect(migration.result()).resolves.toMatchObject({
          outcome: 'migrated',
          garbageCollection: 'failed',
        });
      },
      { path: 'best-practice' },
    );
    model.expectWell('s3-prod');
  });
});

describe('not approved', () => {
  it.each(['plan', 'window'] as const)('a %s that is rejected is undone', async (topic) => {
    const model = modelledRegistry();
    await rig.run(model.activities, async (migration) => {
      await approveUntil(migration, topic);
      await migration.decide(topic, 'reject');
      await expectUndone(model, failureOf(migration), 'ApprovalRejected');
    });
  });

  it.each(['plan', 'window'] as const)(
    'a %s that only a stranger approves expires, and is undone',
    async (topic) => {
      const policy = { required: true, expiresInMs: 2000, approvers: ['bob'] };
      const model = modelledRegistry({
        resolveMigration: resolvingTo({ approvals: { ...subject.approvals, [topic]: policy } }),
      });
      await rig.run(model.activities, async (migration) => {
        await approveUntil(migration, topic);
        await migration.decide(topic);
        await expectUndone(model, failureOf(migration), 'ApprovalExpired');
        const { audit } = await migration.status();
        expect(audit.map(({ event }) => event).slice(-3)).toEqual(['asked', 'refused', 'expired']);
      });
    },
  );
});

describe('a window', () => {
  it('over its budget is undone', async () => {
    const model = modelledRegistry({ resolveMigration: resolvingTo({ windowBudgetMs: 1500 }) });
    await rig.run(
      model.activities,
      async (migration) => {
        model.during = async (call) => {
          while (call === 'backUpMetadata final') {
            heartbeat();
            await sleep(50);
          }
        };
        await approveUntil(migration, 'garbage-collection');
        await expectUndone(model, failureOf(migration), 'WindowBudgetSpent');
      },
      { path: 'best-practice' },
    );
  });

  it('whose switch is refused until its budget is spent is undone', async () => {
    const model = modelledRegistry({
      resolveMigration: resolvingTo({ windowBudgetMs: 3000 }),
      async switchStorage() {
        throw ApplicationFailure.nonRetryable('400 INVALID_SETTINGS', 'RegistryRefused');
      },
    });
    await rig.run(model.activities, async (migration) => {
      await approveUntil(migration, 'garbage-collection');
      await expectUndone(model, failureOf(migration), 'WindowBudgetSpent');
    });
  });
});

const full = () => ApplicationFailure.retryable('no space left on device', 'StorageUnavailable');
const throttling = () => ApplicationFailure.retryable('503 SlowDown', 'StorageUnavailable');
const denying = () => ApplicationFailure.nonRetryable('403', 'AccessDenied');

/** Fails from the given pass on, so many times. */
const failing = (error: () => Error, times: number, inWindow: boolean): Partial<AllActivities> => {
  let left = times;
  return {
    async planPass({ final }) {
      if (final === inWindow && left-- > 0) throw error();
      return {
        shards: 1,
        sourceObjects: 10,
        sourceBytes: 1000,
        copyObjects: 1,
        copyBytes: 1,
        removeObjects: 0,
      };
    },
  };
};

const killed = () => ApplicationFailure.nonRetryable('docker on host node1 was killed', 'CommandFailed');

describe('a host that restarts under a command', () => {
  it.each(['before', 'final'])('of the %s backup is undone', async (backup) => {
    const model = modelledRegistry();
    await rig.run(
      model.activities,
      async (migration) => {
        model.during = async (call) => {
          if (call === `backUpMetadata ${backup}`) throw killed();
        };
        await approveUntil(migration, 'garbage-collection');
        await expectUndone(model, failureOf(migration), 'CommandFailed');
      },
      { path: 'best-practice' },
    );
  });

  it('of the restore is done again by the choice of a person, and nothing is lost', async () => {
    const model = modelledRegistry();
    let times = 0;
    await rig.run(
      model.activities,
      async (migration) => {
        model.during = async (call) => {
          if (call === `bringUpReplica ${FIRST}` && times++ === 0) throw killed();
        };
        await approveUntil(migration, 'garbage-collection');
        await migration.decide('recovery', 'approve', 'try-again');
        await migration.decide('garbage-collection');
        await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated', problems: 0 });
      },
      { path: 'best-practice' },
    );
    model.expectWell('s3-prod');
    expect(times).toBe(2);
  });
});

describe('a destination', () => {
  it.each([
    ['that denies the copy', denying, false, 'AccessDenied'],
    ['that denies the final delta', denying, true, 'AccessDenied'],
    ['that is full in the final delta', full, true, 'WindowBudgetSpent'],
    ['that throttles or is gone for all of the window', throttling, true, 'WindowBudgetSpent'],
  ])('%s is undone', async (_how, error, inWindow, type) => {
    const budget = type === 'WindowBudgetSpent' ? { windowBudgetMs: 3000 } : {};
    const model = modelledRegistry({
      ...failing(error, Infinity, inWindow),
      resolveMigration: resolvingTo(budget),
    });
    await rig.run(model.activities, async (migration) => {
      await approveUntil(migration, 'garbage-collection');
      await expectUndone(model, failureOf(migration), type);
    });
  });

  it.each([
    ['that is full in the copy', full],
    ['that throttles or is gone in the copy', throttling],
  ])('%s is waited for with the registry in use, and cancelled it is undone', async (_how, error) => {
    const model = modelledRegistry(failing(error, Infinity, false));
    await rig.run(model.activities, async (migration) => {
      await approveUntil(migration, 'window');
      await expect
        .poll(() => model.calls.filter((call) => call === 'planPass').length, { timeout: 30_000 })
        .toBeGreaterThan(1);
      await migration.cancel();
      await expectUndone(model, failureOf(migration), 'CancelledFailure');
    });
  });

  it.each([false, true])('that throttles for a while is moved to (in the window: %s)', async (inWindow) => {
    const model = modelledRegistry(failing(throttling, 2, inWindow));
    await rig.run(model.activities, async (migration) => {
      await approveUntil(migration, 'garbage-collection');
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
      model.expectWell('s3-prod');
    });
  });
});
