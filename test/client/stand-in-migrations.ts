// Migrations without activities, for the command line to start, ask and decide on. Status and approvals are the real
// ones; the destination's name says how it ends.

import { ApplicationFailure, condition } from '@temporalio/workflow';
import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import { createApprovalGate } from '../../workflows/operation/approval-gate.ts';
import { createStatusBoard } from '../../workflows/operation/status-board.ts';

const PLAN_DIGEST = 'sha256:plan';
const POLICY = { required: true, expiresInMs: 3_600_000, approvers: ['ops@example.com'] };

export const bestPracticeMigration = async (input: MigrationInput) => run('best-practice', input);
export const readOnlyMigration = async (input: MigrationInput) => run('read-only', input);

async function run(path: MigrationPath, input: MigrationInput): Promise<MigrationResult> {
  const { registry, destination } = input;
  const board = createStatusBoard(path, input);
  const approvals = createApprovalGate(board);
  approvals.setPolicies({
    plan: POLICY,
    window: POLICY,
    'damaged-blobs': POLICY,
    'garbage-collection': POLICY,
  });
  board.status.planDigest = PLAN_DIGEST;
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
    garbageCollection: 'done',
    report: 'jobs/report.html',
    plan: 'jobs/plan.txt',
  };
  if (destination === 'fails-preflight')
    throw ApplicationFailure.nonRetryable('no free space', 'PreflightFailed');
  if (destination === 'fails-verification')
    throw ApplicationFailure.nonRetryable('2 images differ', 'VerificationFailed');
  if (input.dryRun) return result;
  if (destination === 'never-ends') await condition(() => false);
  await approvals.require('plan', PLAN_DIGEST, `Move ${registry}?`);
  return result;
}
