import { expect, test } from 'vitest';
import { addShardResult, emptyShardResult } from './shard-result.ts';

test('every count and every proof is added up', () => {
  const totals = emptyShardResult();
  const shard = { copiedObjects: 3, copiedBytes: 30, removedObjects: 2, damaged: 1, vanished: 4 };
  addShardResult(totals, { ...shard, proofs: { server: 2, stream: 1 } });
  addShardResult(totals, { ...shard, proofs: { server: 3 } });
  expect(totals).toEqual({
    copiedObjects: 6,
    copiedBytes: 60,
    removedObjects: 4,
    damaged: 2,
    vanished: 8,
    proofs: { server: 5, stream: 1 },
  });
});
