// Garbage collection stands still from before the first backup until the registry is where it will stay, and comes back as
// it was, however the migration ends.

import { mustHappen, transfer } from '../operation/activity-profiles.ts';
import { insist } from '../operation/insist.ts';
import type { Migration } from './migration-state.ts';

/** The setting is remembered before it is touched, so that it comes back whatever happens. */
export async function pauseCollection(migration: Migration): Promise<void> {
  const { registry, job } = migration.subject;
  migration.savedCollection = migration.state.collection;
  const { saved } = await transfer.pauseCollection({ registry, job });
  migration.savedCollection = saved;
}

/**
 * Safe to do when nothing was paused: what was saved is put back, and nothing saved means nothing to do. While images are
 * missing it stays off, because their parts may be what a collection takes for garbage.
 */
export async function resumeCollection(migration: Migration): Promise<void> {
  const { subject, board, undone, left, savedCollection } = migration;
  if (migration.collectionEnded) return;
  if (migration.missingParts || migration.leftReadOnly) {
    if (savedCollection !== null && savedCollection.words.length > 0)
      left.push(
        `Garbage collection stays off (it was ${savedCollection.words.join(', ')}), because it would delete what images may still need: turn it on again when they are whole.`,
      );
    return;
  }
  migration.step('resume-collection');
  const { resumed } = await insist(board, () =>
    mustHappen.resumeCollection({
      registry: subject.registry,
      job: subject.job,
      saved: savedCollection,
    }),
  );
  migration.collectionEnded = true;
  if (resumed.length > 0) undone.push(`schedules: ${resumed.join(', ')}`);
}
