// Garbage is collected when the registry has moved and was verified, and only if a person agrees. Where the product can tell
// before what it would remove, that list is what people agree to; where it wants read-only mode, a window of its own is
// opened for it, whose way out is certain.

import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { CollectionPreview } from '../../contracts/registry-activities.ts';
import { formatDuration } from '../../domain/duration.ts';
import { inWindow, transfer } from '../operation/activity-profiles.ts';
import { failure, reasonOf } from '../operation/failure.ts';
import { acceptPushes, withinBudget } from '../operation/maintenance-window.ts';
import { type Migration, onceIn, remaining } from './migration-state.ts';
import { noPauseOf } from './up-to-window.ts';

export async function collectGarbage(migration: Migration): Promise<void> {
  const { plan, board, approvals, pauses } = migration;
  // Its parts may be what a collection takes for garbage
  if (migration.missingParts || migration.garbageCollection === 'not-part-of-this-path') return;
  migration.step('collect-garbage');
  const listed = plan.recipe.collectsReadOnly === true ? await preview(migration) : null;
  if (listed === 'failed') return;
  if (listed !== null && listed.blobs === 0) {
    migration.garbageCollection = 'done';
    return;
  }
  const verdict = await approvals
    .ask('garbage-collection', listed?.digest ?? plan.digest, questionOf(migration, listed))
    .then(async (answer) => {
      await pauses.here();
      return answer;
    })
    .catch((error: unknown) => {
      // The registry has moved: cancelling now can only mean not to collect.
      if (isCancellation(error)) return 'rejected';
      throw error;
    });
  migration.garbageCollection = 'declined';
  if (verdict !== 'approved') return;
  board.enter('cleaning-up');
  migration.garbageCollection = await attempt(migration, () =>
    listed === null
      ? transfer.collectGarbage(onceIn(migration))
      : whilePushesAreRefused(migration, () => collectListed(migration, listed)),
  );
}

const questionOf = ({ subject, tagsAfter }: Migration, listed: CollectionPreview | null): string =>
  `${
    listed === null
      ? `Remove the blobs that no manifest of ${subject.registry} refers to?`
      : `Remove the ${listed.blobs} blobs of ${subject.registry} that no manifest refers to (\`${listed.key}\` in the journal names them)? Pushes are refused meanwhile, for ${formatDuration(subject.windowBudgetMs)} at most.`
  } All ${tagsAfter?.tags} tags were verified on the new storage. It cannot be undone.`;

async function preview(migration: Migration): Promise<CollectionPreview | 'failed'> {
  let found: CollectionPreview | undefined;
  migration.garbageCollection = await attempt(migration, async () => {
    found = await transfer.previewCollection({ ...onceIn(migration), name: 'asked', agreed: null });
  });
  if (found === undefined) return 'failed';
  migration.garbageCollection = 'not-run';
  return found;
}

/** Leftovers of pushes that came since are garbage, too; what an image needed when people were asked is none to them. */
async function collectListed(migration: Migration, { key }: CollectionPreview): Promise<void> {
  const now = await inWindow.previewCollection({ ...onceIn(migration), name: 'now', agreed: key });
  if (now.unexpected > 0)
    throw failure(
      'SourceUnstable',
      `A collection of ${migration.subject.registry} would remove ${now.unexpected} blobs that images needed when people were asked (\`${now.key}\` in the journal): somebody has deleted images since. Nothing was removed.`,
    );
  await inWindow.collectGarbage(onceIn(migration));
}

/** As in the window of the move: the way out is certain, and one that takes too long is ended. */
async function whilePushesAreRefused(migration: Migration, collect: () => Promise<void>): Promise<void> {
  const { subject, board, pauses } = migration;
  const { registry, windowBudgetMs } = subject;
  const allowPauses = pauses.refuse(noPauseOf(registry));
  board.enter('window');
  const budget = {
    budgetMs: windowBudgetMs,
    spent: `The collection of ${registry} did not end within ${formatDuration(windowBudgetMs)}; it was ended, and what it had not removed stays.`,
  };
  try {
    await withinBudget(budget, async () => {
      await inWindow.setReadOnly({ ...remaining(migration), readOnly: true });
      await inWindow.proveReadOnly(remaining(migration));
      await collect();
    });
  } finally {
    await CancellationScope.nonCancellable(() =>
      acceptPushes(remaining(migration), board, { afterCollection: true }),
    );
    board.enter('cleaning-up');
    allowPauses();
  }
}

/** A registry that has moved has moved, whatever becomes of its garbage; also when it is cancelled here. */
async function attempt(migration: Migration, work: () => Promise<unknown>): Promise<'done' | 'failed'> {
  try {
    await work();
    return 'done';
  } catch (error) {
    const { message } = reasonOf(error);
    migration.board.openProblem().is(message);
    migration.left.push(`Garbage was not collected: ${message}`);
    return 'failed';
  }
}
