// Copying while the registry is in use, pass after pass, until what is left fits the window; and the last pass inside
// the window. Each pass is a child workflow with a history of its own.

import { executeChild, workflowInfo } from '@temporalio/workflow';
import type { PassSummary } from '../../contracts/migration.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { forecastDelta, judgePasses } from '../../domain/migration/delta-forecast.ts';
import { formatDuration } from '../../domain/duration.ts';
import { quick, transferAt } from '../operation/activity-profiles.ts';
import type { copyPass } from './copy-pass.ts';
import { failure } from '../operation/failure.ts';
import type { Migration } from './migration-state.ts';

/**
 * Work lists in flight at once, over all workers: several for each of a few workers. Objects in flight are bounded by
 * each worker's own pace, so that a single worker takes no harm of many lists.
 */
const LISTS_IN_FLIGHT = 16;

/** Returns when the forecast of the final delta fits the window's budget; `NoProgress` when it never will. */
export async function copyWhileInUse(migration: Migration): Promise<void> {
  const { job, source, destination, boundTo } = migration.subject;
  await transferAt(boundTo).claimDestination({ job, source, destination });
  await copyUntilFits(migration);
}

/** Asks before the window, then copies what came in while people thought, and looks whether all is as planned. */
export async function approveWindow(migration: Migration): Promise<void> {
  const { approvals, plan, subject, passes, baseline } = migration;
  await acceptDamage(migration);
  const last = passes.at(-1)!;
  await approvals.require(
    'window',
    plan.digest,
    `Set ${subject.registry} read-only now? The last pass copied ${last.copiedObjects} objects (${formatBytes(last.copiedBytes)}); ` +
      `the final delta is forecast to take ${formatDuration(forecastDelta(passes, 0) ?? 0)} of a budget of ${formatDuration(subject.windowBudgetMs)}.` +
      (baseline === null || baseline.problems === 0
        ? ''
        : ` ${baseline.problems} parts of images are missing or damaged already (${baseline.key} in the journal) and will be so afterwards.`),
  );
  await copyUntilFits(migration);
  await acceptDamage(migration);
  await requireAsPlanned(migration);
}

/** The pass inside the window, after which the destination equals the source. */
export async function copyFinalDelta(migration: Migration): Promise<void> {
  const { damaged, vanished } = await runPass(migration, { final: true });
  const accepted = migration.acceptedDamage?.objects ?? 0;
  if (damaged > accepted)
    throw failure(
      'DamagedBlob',
      `${damaged - accepted} more damaged blobs were found in the final delta than people accepted.`,
    );
  if (vanished > 0)
    throw failure(
      'SourceUnstable',
      `${vanished} objects vanished from the source although the registry is read-only.`,
    );
}

async function copyUntilFits(migration: Migration): Promise<void> {
  const { subject, passes } = migration;
  for (;;) {
    await runPass(migration, { final: false });
    const verdict = judgePasses(passes, subject.windowBudgetMs);
    if (verdict === 'fits') return;
    if (verdict === 'no-progress')
      throw failure(
        'NoProgress',
        `After ${passes.length} passes a further one would still take ${formatDuration(forecastDelta(passes, 0) ?? 0)}, too long for a window of ${formatDuration(subject.windowBudgetMs)}.`,
      );
  }
}

async function runPass(migration: Migration, { final }: { final: boolean }): Promise<PassSummary> {
  const { subject, passes, board } = migration;
  const { status } = board;
  const pass = passes.length + 1;
  const workflowId = `${workflowInfo().workflowId}/pass-${pass}`;
  status.details.pass = pass;
  status.progressOf = `pass ${pass}`;
  status.progress = { objects: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };
  status.child = workflowId;
  board.refresh();
  const summary = await executeChild<typeof copyPass>(WORKFLOW_TYPES.copyPass, {
    workflowId,
    args: [
      {
        job: subject.job,
        source: subject.source,
        destination: subject.destination,
        pass,
        final,
        // In the window the users wait for the copy, and not the copy for them.
        yieldTo: final ? null : subject.registry,
        concurrency: LISTS_IN_FLIGHT,
        boundTo: subject.boundTo,
      },
    ],
    parentClosePolicy: 'REQUEST_CANCEL',
    staticSummary: `pass ${pass}${final ? ', the final delta' : ''}: ${subject.source} → ${subject.destination}`,
  }).finally(() => {
    status.child = null;
  });
  passes.push(summary);
  status.progress = {
    objects: { done: summary.copiedObjects, total: summary.copiedObjects },
    bytes: { done: summary.copiedBytes, total: summary.copiedBytes },
  };
  board.refresh();
  return summary;
}

/** Damaged blobs stop the cut-over until a person accepts them; the report names each. */
async function acceptDamage(migration: Migration): Promise<void> {
  const { passes, approvals, plan, subject, acceptedDamage } = migration;
  const { damaged, pass } = passes.at(-1)!;
  if (damaged > (acceptedDamage?.objects ?? 0))
    await approvals.require(
      'damaged-blobs',
      plan.digest,
      `${damaged} blobs of ${subject.source} do not have the bytes that their digests name and cannot be copied; the results under \`${subject.job}/pass-${pass}/\` in the journal name them. Go on without them?`,
    );
  migration.acceptedDamage = damaged === 0 ? null : { objects: damaged, pass };
}

/** Approvals may take days: a registry that was upgraded, moved or scaled meanwhile is not the one of the plan. */
async function requireAsPlanned({ subject, state }: Migration): Promise<void> {
  if (!subject.job.endsWith(workflowInfo().runId))
    throw failure(
      'InvalidInput',
      'This run was reset. What it knows is of another run: start a new migration instead.',
    );
  const now = await quick.inspectRegistry({ registry: subject.registry });
  const asText = ({ version, storage, replicas }: typeof now): string =>
    JSON.stringify([version, storage, replicas.map((replica) => replica.id).sort()]);
  if (asText(now) !== asText(state))
    throw failure(
      'SourceUnstable',
      `The registry is not as the plan found it: ${asText(state)} then, ${asText(now)} now (version, storage, replicas).`,
    );
  const unhealthy = now.replicas.filter((replica) => !replica.healthy).map((replica) => replica.id);
  if (unhealthy.length > 0)
    throw failure('SourceUnstable', `Replicas ${unhealthy.join(', ')} are not healthy now.`);
}
