// What became of the objects of work lists, added up over one list, one pass or one copy.

import type { ShardResult } from '../../contracts/storage-activities.ts';

export const emptyShardResult = (): ShardResult => ({
  copiedObjects: 0,
  copiedBytes: 0,
  removedObjects: 0,
  damaged: 0,
  vanished: 0,
  proofs: {},
});

/** Into `totals` itself: those who add at the same time must not lose what the others added. */
export function addShardResult(totals: ShardResult, shard: ShardResult): void {
  for (const name of ['copiedObjects', 'copiedBytes', 'removedObjects', 'damaged', 'vanished'] as const)
    totals[name] += shard[name];
  for (const [evidence, count] of Object.entries(shard.proofs) as [keyof ShardResult['proofs'], number][])
    totals.proofs[evidence] = (totals.proofs[evidence] ?? 0) + count;
}
