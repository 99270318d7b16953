// Copying while the registry is in use, pass after pass, until what is left fits the window; and the last pass inside
// the window. Each pass is a child workflow with a history of its own.

import { startChild, workflowInfo } from '@temporalio/workflow';
import type { PassSummary } from '../../contracts/migration.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { forecastDelta, judgePasses } from '../../domain/migration/delta-forecast.ts';
import { formatDuration } from '../../domain/duration.ts';
import { inWindow, inWindowAt, quick, transferAt } from '../operation/activity-profiles.ts';
import type { copyPass } from './copy-pass.ts';
import { failure } from '../operation/failure.ts';
import { whileTold } from './held-child.ts';
import { changesOf } from '../../domain/migration/as-planned.ts';
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

/** Asks before the window. */
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
}

/** Copies what came in while people thought, and looks whether all is as planned: the last thing before the window. */
export async function copyOnceMore(migration: Migration): Promise<void> {
  // Each question takes the time of people, in which more is pushed
  do await copyUntilFits(migration);
  while (await acceptDamage(migration));
  await requireAsPlanned(migration, { readOnly: false });
}

/** The pass inside the window, after which the destination equals the source. */
export async function copyFinalDelta(migration: Migration): Promise<void> {
  const { subject } = migration;
  const { job } = subject;
  const { pass, damaged, vanished } = await runPass(migration, { final: true });
  if (damaged > 0) {
    const accepted = migration.acceptedDamage?.key ?? null;
    const { unaccepted, key } = await inWindowAt(subject.boundTo).listDamage({ job, pass, accepted });
    if (unaccepted > 0)
      throw failure(
        'DamagedBlob',
        `${unaccepted} damaged blobs that nobody accepted were found in the final delta; ${key} in the journal names them.`,
      );
  }
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

/** A pass that is not in the window holds between two of its lists while the operation is paused. */
async function runPass(migration: Migration, { final }: { final: boolean }): Promise<PassSummary> {
  const { subject, passes, board, pauses } = migration;
  const { status } = board;
  if (!final) await pauses.here();
  const pass = passes.length + 1;
  const workflowId = `${workflowInfo().workflowId}/pass-${pass}`;
  status.details.pass = pass;
  status.progressOf = `pass ${pass}`;
  status.progress = { objects: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };
  status.child = workflowId;
  board.refresh();
  const child = await startChild<typeof copyPass>(WORKFLOW_TYPES.copyPass, {
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
        binding: subject.binding,
        needed: final ? migration.closureOfSource.parts : null,
        removals: migration.removals,
      },
    ],
    parentClosePolicy: 'REQUEST_CANCEL',
    staticSummary: `pass ${pass}${final ? ', the final delta' : ''}: ${subject.source} → ${subject.destination}`,
  });
  const summary = await (final ? child.result() : whileTold(child, pauses)).finally(() => {
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

/** Damaged blobs stop the cut-over until a person accepts exactly these; the report names each. True: it was asked. */
async function acceptDamage(migration: Migration): Promise<boolean> {
  const { passes, approvals, subject, acceptedDamage } = migration;
  const { damaged, pass } = passes.at(-1)!;
  if (damaged === 0) {
    migration.acceptedDamage = null;
    return false;
  }
  const listed = await transferAt(subject.boundTo).listDamage({
    job: subject.job,
    pass,
    accepted: acceptedDamage?.key ?? null,
  });
  if (listed.unaccepted > 0)
    await approvals.require(
      'damaged-blobs',
      listed.digest,
      `${listed.objects} blobs of ${subject.source} do not have the bytes that their digests name and cannot be copied; \`${listed.key}\` in the journal names them${acceptedDamage === null ? '' : `, ${listed.unaccepted} of them for the first time`}. Go on without them?`,
    );
  migration.acceptedDamage = { pass, ...listed };
  return listed.unaccepted > 0;
}

/**
 * Approvals may take days: a registry that was upgraded, moved, scaled or that collects garbage again is not the one of the
 * plan. `readOnly`: what we set it to.
 */
export async function requireAsPlanned(
  { subject, state }: Migration,
  { readOnly }: { readOnly: boolean },
): Promise<void> {
  if (!subject.job.endsWith(workflowInfo().runId))
    throw failure(
      'InvalidInput',
      'This run was reset. What it knows is of another run: start a new migration instead.',
    );
  const now = await (readOnly ? inWindow : quick).inspectRegistry({ registry: subject.registry });
  const changes = changesOf(state, now, readOnly);
  if (changes.length > 0)
    throw failure(
      'SourceUnstable',
      `${subject.registry} is not as the plan found it: ${changes.join('; ')}.`,
    );
}
