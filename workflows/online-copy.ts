// Copying while the registry is in use, pass after pass, until what is left fits the window; and the last pass inside
// the window. Each pass is a child workflow with a history of its own.

import { executeChild, workflowInfo } from '@temporalio/workflow';
import type { PassSummary } from '../contracts/migration.ts';
import { WORKFLOW_TYPES } from '../contracts/names.ts';
import { forecastDelta, judgePasses } from '../domain/delta-forecast.ts';
import { formatBytes } from '../domain/bytes.ts';
import { formatDuration } from '../domain/duration.ts';
import type { copyPass } from './copy-pass.ts';
import { failure } from './failure.ts';
import { asked } from './activity-profiles.ts';
import type { Migration } from './migration.ts';

/** Work lists in flight at once; each is copied by one worker with several objects in flight. */
const LISTS_IN_FLIGHT = 4;

/** Returns when the forecast of the final delta fits the window's budget; `NoProgress` when it never will. */
export async function copyWhileInUse(migration: Migration): Promise<void> {
  const { subject, passes } = migration;
  await asked.claimDestination({
    job: subject.job,
    source: subject.source,
    destination: subject.destination,
  });
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

/** Asks before the window. What came in while people thought is copied online first. */
export async function approveWindow(migration: Migration): Promise<void> {
  const { approvals, plan, subject, passes } = migration;
  await acceptDamage(migration);
  const last = passes.at(-1)!;
  await approvals.require(
    'window',
    plan.digest,
    `Set ${subject.registry} read-only now? The last pass copied ${last.copiedObjects} objects (${formatBytes(last.copiedBytes)}); ` +
      `the final delta is forecast to take ${formatDuration(forecastDelta(passes, 0) ?? 0)} of a budget of ${formatDuration(subject.windowBudgetMs)}.`,
  );
  await runPass(migration, { final: false });
}

/** The pass inside the window, after which the destination equals the source. */
export async function copyFinalDelta(migration: Migration): Promise<void> {
  const accepted = migration.passes.at(-1)!.damaged;
  const { damaged } = await runPass(migration, { final: true });
  if (damaged > accepted)
    throw failure(
      'DamagedBlob',
      `${damaged - accepted} more damaged blobs were found in the final delta than people accepted.`,
    );
}

async function runPass(migration: Migration, { final }: { final: boolean }): Promise<PassSummary> {
  const { subject, passes, board } = migration;
  const pass = passes.length + 1;
  const summary = await executeChild<typeof copyPass>(WORKFLOW_TYPES.copyPass, {
    workflowId: `${workflowInfo().workflowId}/pass-${pass}`,
    args: [
      {
        job: subject.job,
        source: subject.source,
        destination: subject.destination,
        pass,
        final,
        concurrency: LISTS_IN_FLIGHT,
      },
    ],
    parentClosePolicy: 'REQUEST_CANCEL',
    staticSummary: `pass ${pass}${final ? ', the final delta' : ''}: ${subject.source} → ${subject.destination}`,
  });
  passes.push(summary);
  board.status.pass = pass;
  board.status.progress = {
    objects: { done: summary.copiedObjects, total: summary.copiedObjects },
    bytes: { done: summary.copiedBytes, total: summary.copiedBytes },
  };
  board.refresh();
  return summary;
}

/** Damaged blobs stop the cut-over until a person accepts them; the report names each. */
async function acceptDamage({ passes, approvals, plan, subject }: Migration): Promise<void> {
  const { damaged, pass } = passes.at(-1)!;
  if (damaged === 0) return;
  await approvals.require(
    'damaged-blobs',
    plan.digest,
    `${damaged} blobs of ${subject.source} do not have the bytes that their digests name and cannot be copied; the results under \`${subject.job}/pass-${pass}/\` in the journal name them. Go on without them?`,
  );
}
