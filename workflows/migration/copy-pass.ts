// One pass of copying as a child workflow: compare both storages into work lists, then copy the lists with a few
// of them in flight at once. It keeps nothing but counts, and continues as new when its history grows, so that a
// registry of any size fits.

import {
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PassSummary } from '../../contracts/migration.ts';
import { CHILD_SIGNALS, QUERIES } from '../../contracts/names.ts';
import type { Progress } from '../../contracts/operation.ts';
import type { CopyPassInput, PassList, ShardResult } from '../../contracts/storage-activities.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { addShardResult, emptyShardResult } from '../../domain/migration/shard-result.ts';
import { endedByMistakes, failure } from '../operation/failure.ts';
import { onSignal } from '../operation/handlers.ts';
import { bindActivities } from '../operation/summarized-activities.ts';
import { inWindowAt, transferAt } from '../operation/activity-profiles.ts';

/** Then the pass goes on in a new run. Lists in flight add six events each before it does; a run has 2,000 at most. */
const MAX_EVENTS = 1500;

const progressQuery = defineQuery<Progress | null>(QUERIES.progress);

export async function copyPass(input: CopyPassInput): Promise<PassSummary> {
  return await endedByMistakes(() => copy(input));
}

async function copy(input: CopyPassInput): Promise<PassSummary> {
  const { job, pass, source, destination, yieldTo, needed, removals, final, concurrency, boundTo } = input;
  requireParent(job);
  bindActivities(input.binding);
  const activities = (final ? inWindowAt : transferAt)(boundTo);
  const startedAtMs = input.carried?.startedAtMs ?? Date.now();
  let progress: Progress | null = null;
  let inHand = 0;
  setHandler(progressQuery, () => progress && { ...progress, inHand }, {
    description: 'Objects and bytes of this pass; null while it is planned',
  });
  let held = input.carried?.held ?? false;
  onSignal(CHILD_SIGNALS.hold, 'Sent by the operation when people pause and resume it', (argument) => {
    // In the window nothing is held
    if (!final) held = argument === true;
  });

  // Step 1: what differs, as work lists in the journal
  const list =
    input.carried?.list ??
    (await activities.planPass({
      ...{ job, pass, source, destination, yieldTo, final },
      needed: needed ?? null,
      removals: removals ?? 0,
    }));
  const totals: ShardResult = input.carried?.totals ?? emptyShardResult();
  const show = (): void => {
    progress = progressOf(list, totals);
    setCurrentDetails(describe(progress));
  };

  // Step 2: copy list after list, a few at once; the first failure ends the others before it is reported
  let next = input.carried?.nextShard ?? 0;
  const copyLists = async (): Promise<void> => {
    for (;;) {
      if (held && next < list.shards) await condition(() => !held || isHistoryLong());
      if (next >= list.shards || isHistoryLong()) return;
      const shard = next++;
      inHand += 1;
      addShardResult(totals, await activities.copyShard({ job, pass, source, destination, yieldTo, shard }));
      inHand -= 1;
      show();
    }
  };
  show();
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const lanes = Array.from({ length: concurrency }, () =>
      copyLists().catch((error: unknown) => {
        if (!isCancellation(error)) scope.cancel();
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(lanes))
      .filter((lane) => lane.status === 'rejected')
      .map((lane) => lane.reason as unknown);
    if (failed.length > 0) throw failed.find((reason) => !isCancellation(reason)) ?? failed[0];
  });
  if (next < list.shards)
    return continueAsNew<typeof copyPass>({
      ...input,
      carried: { list, nextShard: next, totals, startedAtMs, held },
    });

  return {
    pass,
    final,
    sourceObjects: list.sourceObjects,
    sourceBytes: list.sourceBytes,
    ...totals,
    durationMs: Date.now() - startedAtMs,
  };
}

/** By itself it would write to any storage and remove from it, with no plan, no approval and no claim. */
function requireParent(job: string): void {
  const { parent } = workflowInfo();
  if (parent !== undefined && job.endsWith(`/${parent.workflowId}/${parent.runId}`)) return;
  throw failure(
    'InvalidInput',
    'A pass of copying is part of a migration and cannot be started by itself, nor by one that was reset: start a new migration instead.',
  );
}

const isHistoryLong = (): boolean =>
  workflowInfo().historyLength > MAX_EVENTS || workflowInfo().continueAsNewSuggested;

const progressOf = (list: PassList, totals: ShardResult): Progress => ({
  objects: {
    done: totals.copiedObjects + totals.removedObjects + totals.damaged + totals.vanished,
    total: list.copyObjects + list.removeObjects,
  },
  bytes: { done: totals.copiedBytes, total: list.copyBytes },
});

/** Markdown for the Temporal UI. */
const describe = ({ objects, bytes }: Progress): string =>
  `${objects.done} of ${objects.total} objects, ${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`;
