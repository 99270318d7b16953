// What a migration leaves behind: its result, and the report of every ending.

import { workflowInfo } from '@temporalio/workflow';
import type { MigrationResult } from '../../contracts/migration.ts';
import { reporting } from '../operation/activity-profiles.ts';
import { UNLISTED_IN_BATCH } from '../operation/audit-trail.ts';
import { reasonOf } from '../operation/failure.ts';
import type { Migration } from './migration-state.ts';

/**
 * The report can be written more than once: the last one tells the whole story. Where none can be written the migration
 * ends as it has, without one.
 */
export async function writeReport(
  migration: Migration,
  error: unknown,
): Promise<Pick<MigrationResult, 'report' | 'reportPlace'>> {
  const {
    subject,
    plan,
    board,
    backups,
    verification,
    tagsSinceBackup,
    refusedPushes,
    undone,
    left,
    closure,
    canaries,
  } = migration;
  const { status } = board;
  await writeRefusals(migration);
  const written = await reporting
    .writeReport({
      job: subject.job,
      plan: withoutText(plan),
      result: { outcome: error === null ? 'migrated' : 'failed', ...resultOf(migration) },
      phase: status.phase,
      startedAt: workflowInfo().startTime.toISOString(),
      finishedAt: new Date().toISOString(),
      window: {
        openedAt: status.window.openedAt,
        closedAt: status.window.closedAt,
        refusedPushes,
        ...(status.window.unproved && { unproved: status.window.unproved }),
      },
      backups,
      verification,
      tagsSinceBackup,
      audit: status.audit,
      failure: error === null ? null : { ...reasonOf(error), undone },
      left,
      proved: closure === null ? null : { closure, canaries: canaries.map(({ replica }) => replica) },
    })
    .catch((reason: unknown) => {
      board.openProblem().is(`There is no report: ${reasonOf(reason).message}`);
      return null;
    });
  status.report = written?.key ?? null;
  const place = written?.place === undefined ? {} : { reportPlace: written.place };
  Object.assign(status, place);
  board.refresh();
  return { report: written?.key ?? '', ...place };
}

/** Those that come from now on are counted. A journal that does not take them keeps no report back. */
async function writeRefusals({ subject, approvals, board }: Migration): Promise<void> {
  const { length } = approvals.unlisted;
  for (let at = 0; at < length; at += UNLISTED_IN_BATCH) {
    const entries = approvals.unlisted.slice(at, Math.min(at + UNLISTED_IN_BATCH, length));
    const batch = at / UNLISTED_IN_BATCH + 1;
    try {
      await reporting.writeRefusals({ job: subject.job, batch, entries });
    } catch (error) {
      board.openProblem().is(`Refused decisions are not in the journal: ${reasonOf(error).message}`);
      return;
    }
  }
}

export function resultOf(migration: Migration): Omit<MigrationResult, 'report' | 'outcome'> {
  const { subject, plan, passes, tagsBefore, tagsAfter, verification, garbageCollection, board } = migration;
  const { openedAt, closedAt } = board.status.window;
  const last = passes.at(-1);
  return {
    registry: subject.registry,
    destination: subject.destination,
    path: board.status.details.path,
    planDigest: plan.digest,
    plan: plan.key,
    objects: last?.sourceObjects ?? 0,
    bytes: last?.sourceBytes ?? 0,
    tagsBefore: { repositories: tagsBefore.repositories, tags: tagsBefore.tags },
    tagsAfter: tagsAfter === null ? null : { repositories: tagsAfter.repositories, tags: tagsAfter.tags },
    passes,
    windowSeconds:
      openedAt === null || closedAt === null ? null : (Date.parse(closedAt) - Date.parse(openedAt)) / 1000,
    damaged: last?.damaged ?? 0,
    problems: verification?.problems ?? 0,
    garbageCollection,
  };
}

/** It stands in the history once. */
function withoutText({ digest, key, recipe, steps }: Migration['plan']) {
  return { digest, key, recipe, steps };
}
