// What a pass has to do and what became of it, in lists of the journal: a `work` list is a shard, and its `result` list is
// replaced as a whole after each batch.

import type { Evidence } from '../../contracts/migration.ts';
import { type LinesFile, shardsPrefix } from '../journal/keys.ts';
import { readLines } from '../journal/lines.ts';
import type { Storage } from '../storage/storage.ts';

/** `flaw`: why it is not copied, and only named. */
export type WorkItem = { op: 'copy' | 'remove'; key: string; size: number; flaw?: string };

type Damaged = { key: string; size: number; damaged: { expected: string; actual: string } };

export type WorkResult =
  | { key: string; size: number; sha256: string; proof: Evidence }
  | Damaged
  | { key: string; vanished: true }
  | { key: string; removed: true };

export async function* damagedIn(journal: Storage, results: LinesFile): AsyncGenerator<Damaged> {
  for await (const result of readLines<WorkResult>(journal, results)) if ('damaged' in result) yield result;
}

/** Of all shards. A damaged object stays in the difference, so that the last pass names every one. */
export async function* damagedInPass(
  journal: Storage,
  pass: { job: string; pass: number },
): AsyncGenerator<Damaged> {
  for await (const { key } of journal.list({ prefix: shardsPrefix('result', pass) }))
    yield* damagedIn(journal, { kind: 'result', key });
}
