// Operations without activities, for the command line to start, ask and decide on. Board, gate and ending are the real
// ones; the destination's name says how a migration ends. `rehearsal` is of a kind that no version of the product has.

import { ApplicationFailure, condition, proxyActivities } from '@temporalio/workflow';
import type {
  MigrationDetails,
  MigrationInput,
  MigrationResult,
  MigrationTopic,
  ReturnInput,
} from '../../contracts/migration.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { OperationKind } from '../../contracts/operation.ts';
import { runOperation } from '../../workflows/operation/operation.ts';

export { scheduledRun } from '../../workflows/operation/scheduled-run.ts';

const steps = proxyActivities<{ waitUntilHealthy(): Promise<void> }>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '200ms', maximumInterval: '1s' },
});

const elsewhere = proxyActivities<{ waitUntilHealthy(): Promise<void> }>({
  startToCloseTimeout: '1m',
  taskQueue: 'nobody',
});

const PLAN_DIGEST = 'sha256:plan';
const POLICY = { required: true, expiresInMs: 3_600_000, approvers: ['ops@example.com'] };

export const bestPracticeMigration = async (input: MigrationInput) => run('best-practice', input);
export const readOnlyMigration = async (input: MigrationInput) => run('read-only', input);
export const returnToPreviousStorage = async (input: ReturnInput) =>
  run('read-only', { ...input, destination: 'prod-volume' });

async function run(path: MigrationPath, input: MigrationInput): Promise<MigrationResult> {
  const { registry, destination } = input;
  const result: MigrationResult = {
    outcome: input.dryRun ? 'planned' : 'migrated',
    registry,
    destination,
    path,
    planDigest: PLAN_DIGEST,
    objects: 12,
    bytes: 2048,
    tagsBefore: { repositories: 1, tags: 3 },
    tagsAfter: input.dryRun ? null : { repositories: 1, tags: 3 },
    passes: [],
    windowSeconds: input.dryRun ? null : 7,
    damaged: 0,
    problems: destination === 'lossy' ? 2 : 0,
    garbageCollection: 'done',
    report: 'jobs/report.html',
    reportPlace: '/srv/journal/jobs/report.html',
    plan: 'jobs/plan.txt',
  };
  return await runOperation<MigrationDetails, MigrationTopic, MigrationResult>(
    {
      kind: 'migration',
      subject: { kind: 'registry', name: registry },
      title: `${registry} → ${destination} (${path})`,
      details: { path, registry, destination, pass: 0 },
    },
    async ({ board, approvals, pauses }) => {
      approvals.setPolicies({
        plan: POLICY,
        window: POLICY,
        recovery: POLICY,
        'damaged-blobs': POLICY,
        'garbage-collection': POLICY,
      });
      board.setPlan({ digest: PLAN_DIGEST, text: '# Plan\n\n1. Stop garbage collection\n' });
      if (destination === 'fails-preflight')
        throw ApplicationFailure.nonRetryable('no free space', 'PreflightFailed');
      if (destination === 'fails-verification')
        throw ApplicationFailure.nonRetryable('2 images differ', 'VerificationFailed');
      if (destination === 'fails-late') {
        const ways = path === 'read-only' ? ['try-again', 'switch-back'] : ['go-on', 'switch-back'];
        const way = await approvals.choose('recovery', PLAN_DIGEST, '2 images differ. Which way?', ways);
        throw ApplicationFailure.nonRetryable(`${way?.choice} was chosen`, 'VerificationFailed');
      }
      if (input.dryRun) return { result, ended: 'Planned' };
      if (destination === 'never-ends') await condition(() => false);
      if (destination === 'bound-elsewhere') await elsewhere.waitUntilHealthy();
      if (destination === 'holds') {
        await approvals.ask('plan', PLAN_DIGEST, 'Whenever you like');
        await pauses.here();
        pauses.refuse('the registry refuses pushes');
        await approvals.ask('window', PLAN_DIGEST, 'Close it?');
        return { result, ended: 'Migrated' };
      }
      if (destination === 'lossy') return { result, ended: 'Migrated' };
      if (destination === 'unhealthy') {
        await steps.waitUntilHealthy();
        return { result, ended: 'Migrated' };
      }
      await approvals.require('plan', PLAN_DIGEST, `Move ${registry}?`);
      return { result, ended: 'Migrated' };
    },
  );
}

export async function rehearsal({ registry }: { registry: string }): Promise<{ restored: string }> {
  return await runOperation<{ set: string }, 'wake-up', { restored: string }>(
    {
      kind: 'rehearsal' as OperationKind,
      subject: { kind: 'registry', name: registry },
      title: `${registry} from its last backup`,
      details: { set: 'monday' },
    },
    async ({ approvals }) => {
      approvals.setPolicies({ 'wake-up': POLICY });
      await approvals.require('wake-up', PLAN_DIGEST, 'Shall it begin?');
      await approvals.require('wake-up', PLAN_DIGEST, 'And again?');
      return { result: { restored: registry }, ended: 'Restored' };
    },
  );
}

/** What schedules start in tests. `does` says how it goes. */
export async function backupRegistry({
  registry,
  does = 'ends',
}: {
  registry: string;
  does?: 'ends' | 'fails' | 'holds';
}): Promise<{ set: string }> {
  return await runOperation<object, never, { set: string }>(
    {
      kind: 'backup',
      subject: { kind: 'registry', name: registry },
      title: registry,
      details: {},
    },
    async () => {
      if (does === 'fails') throw ApplicationFailure.nonRetryable('the storage is full', 'NoSpace');
      if (does === 'holds') await condition(() => false);
      return { result: { set: 'monday' }, ended: 'Backed up' };
    },
  );
}

/** Somebody else's workflow in the same namespace. */
export const foreign = async (): Promise<void> => {
  await condition(() => false);
};
