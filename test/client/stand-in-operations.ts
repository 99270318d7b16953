// Operations without activities, for the command line to start, ask and decide on. Board, gate and ending are the real
// ones; the destination's name says how a migration ends. `rehearsal` is of a kind that no version of the product has.

import type { RestoreInput, RestoreResult } from '../../contracts/restore.ts';
import type {
  BackupInput,
  BackupResult,
  VerificationInput,
  VerificationResult,
} from '../../contracts/backup.ts';
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

const CONTENT = { blobs: 9, bytes: 1000, newBlobs: 1, newBytes: 90 };

/** `does` says how it goes. */
export async function backupRegistry({
  registry,
  repository = 'main',
  dryRun = false,
  does = 'ends',
}: BackupInput & { does?: 'ends' | 'fails' | 'holds' }): Promise<BackupResult> {
  return await runOperation<object, never, BackupResult>(
    {
      kind: 'backup',
      subject: { kind: 'registry', name: registry },
      title: registry,
      details: {},
    },
    async () => {
      if (does === 'fails') throw ApplicationFailure.nonRetryable('the storage is full', 'NoSpace');
      if (does === 'holds') await condition(() => false);
      const result: BackupResult = {
        outcome: dryRun ? 'planned' : 'backed-up',
        set: dryRun ? null : `${registry}/monday`,
        ...{ registry, repository, version: '2.8.2', tags: 7, content: CONTENT, lost: 0 },
        report: 'report.html',
      };
      return { result, ended: 'Backed up' };
    },
  );
}

export async function restoreRegistry({
  registry,
  set = registry,
  destination = 'prod-volume',
  repository = 'main',
  dryRun = false,
}: RestoreInput): Promise<RestoreResult> {
  return await runOperation<object, never, RestoreResult>(
    { kind: 'restore', subject: { kind: 'registry', name: registry }, title: set, details: {} },
    async () => ({
      result: {
        outcome: dryRun ? 'planned' : 'restored',
        ...{ registry, repository, set, destination, planDigest: PLAN_DIGEST, plan: 'plan.json' },
        ...{ tags: 7, written: 9, kept: 0, report: 'report.html' },
      },
      ended: 'Restored',
    }),
  );
}

export async function verifyBackup({
  set,
  repository = 'main',
  deep,
}: VerificationInput): Promise<VerificationResult> {
  const name = set.split('/')[0]!;
  return await runOperation<object, never, VerificationResult>(
    { kind: 'verification', subject: { kind: 'sets', name }, title: set, details: {} },
    async () => {
      const of = { blobs: CONTENT.blobs, bytes: CONTENT.bytes };
      const read = deep === undefined ? null : { blobs: 1, bytes: 90, of, oldest: null };
      return {
        result: { set: `${name}/monday`, repository, tags: 7, files: 6, ...of, deep: read },
        ended: 'It is whole',
      };
    },
  );
}

/** Somebody else's workflow in the same namespace. */
export const foreign = async (): Promise<void> => {
  await condition(() => false);
};
