// Carries out one work list. What became of each object is in the journal after each batch, so that an attempt that
// follows a killed one goes on behind it; doing something again does no harm.
//
// A damaged object of the source is written down and never written to the destination, whatever is there. The
// others go on.

import { buffer } from 'node:stream/consumers';
import type { ShardResult, StorageActivities } from '../../contracts/storage-activities.ts';
import { fixedContent } from '../../domain/content-address.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { copyObject } from './copy-object.ts';
import { forEachBounded } from './for-each-bounded.ts';
import type { Storage } from './storage.ts';
import type { Progress } from '../heartbeat.ts';
import { readLines, resultKey, workKey, writeLines, type WorkItem, type WorkResult } from './work-list.ts';

/** The journal and the heartbeat are written when so much is done. */
const BATCH_OBJECTS = 100;
const BATCH_BYTES = 256 * 1024 ** 2;
/** Objects up to this size are read many at once and kept in memory while they are written. */
const SMALL_BYTES = 1024 ** 2;
const SMALL_IN_FLIGHT = 8;
const LARGE_IN_FLIGHT = 3;

type Sides = { journal: Storage; source: Storage; destination: Storage };
type Request = Parameters<StorageActivities['copyShard']>[0];

/** Details of the heartbeat: how much is done, for people; the journal is what the next attempt goes by. */
export type CopyShardDetails = { v: 1; done: number; of: number; bytes: number };

export async function copyShard(sides: Sides, request: Request, progress: Progress): Promise<ShardResult> {
  const { journal, source, destination } = sides;
  const { signal } = progress;
  const work = await readLines<WorkItem>(journal, workKey(request, request.shard), signal);
  if (work === undefined) {
    throw new TransshipError(
      'StorageUnavailable',
      `no work list ${workKey(request, request.shard)} in the journal`,
    );
  }
  const results = (await readLines<WorkResult>(journal, resultKey(request, request.shard), signal)) ?? [];
  const finished = new Set(results.map(({ key }) => key));
  const record = async (): Promise<void> => {
    await writeLines(journal, resultKey(request, request.shard), results);
    const { copiedBytes } = summarize(results);
    const details: CopyShardDetails = { v: 1, done: results.length, of: work.length, bytes: copiedBytes };
    progress.moved(details);
  };
  const finish = (result: WorkResult): void => {
    results.push(result);
    progress.moved();
  };

  for (const batch of batches(work.filter(({ key }) => !finished.has(key)))) {
    try {
      await copyBatch(
        source,
        destination,
        batch.filter(({ op }) => op === 'copy'),
        finish,
        progress,
      );
      const gone = batch.filter(({ op }) => op === 'remove').map(({ key }) => key);
      await destination.remove(gone, { signal });
      for (const key of gone) finish({ key, removed: true });
    } catch (error) {
      // What is done is not done again by the next attempt, where the journal can still be written.
      if (!signal.aborted) await record().catch(() => undefined);
      throw error;
    }
    await record();
  }
  return summarize(results);
}

async function copyBatch(
  source: Storage,
  destination: Storage,
  items: WorkItem[],
  finish: (result: WorkResult) => void,
  progress: Progress,
): Promise<void> {
  const { signal } = progress;
  const small = items.filter(({ size }) => size <= SMALL_BYTES);
  const finished = new Set<string>();
  const copy = async (object: { key: string; size: number; body?: Buffer }): Promise<void> => {
    const result = await copyObject(source, destination, object, progress);
    finished.add(object.key);
    finish(result);
  };
  let failedToRead = false;
  async function* bodies(): AsyncGenerator<{ key: string; size: number; body: Buffer }> {
    // Held back until all is read: tar gives zeros for what it could not read, and tells of it at the end.
    const unproved = [];
    const keys = small.map(({ key }) => key);
    try {
      for await (const { key, body } of source.readMany(keys, { signal })) {
        // Its length is what counts: an object can have grown since it was listed.
        const bytes = await buffer(body);
        const object = { key, size: bytes.length, body: bytes };
        if (fixedContent(key) === undefined) unproved.push(object);
        else yield object;
      }
    } catch (error) {
      failedToRead = true;
      throw error;
    }
    yield* unproved;
  }
  const left = (): WorkItem[] => small.filter(({ key }) => !finished.has(key));
  try {
    await forEachBounded(bodies(), SMALL_IN_FLIGHT, copy);
    for (const { key } of left()) finish({ key, vanished: true });
  } catch (error) {
    if (!failedToRead || signal.aborted) throw error;
    // One by one, to find the one that cannot be read.
    await forEachBounded(left(), SMALL_IN_FLIGHT, ({ key, size }) => copy({ key, size }));
  }

  const large = items.filter(({ size }) => size > SMALL_BYTES);
  await forEachBounded(large, LARGE_IN_FLIGHT, ({ key, size }) => copy({ key, size }));
}

function* batches(items: WorkItem[]): Generator<WorkItem[]> {
  let batch: WorkItem[] = [];
  let bytes = 0;
  for (const item of items) {
    batch.push(item);
    bytes += item.op === 'copy' ? item.size : 0;
    if (batch.length < BATCH_OBJECTS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function summarize(results: WorkResult[]): ShardResult {
  const sum: ShardResult = {
    copiedObjects: 0,
    copiedBytes: 0,
    removedObjects: 0,
    damaged: 0,
    vanished: 0,
    proofs: {},
  };
  for (const result of results) {
    if ('proof' in result) {
      sum.copiedObjects += 1;
      sum.copiedBytes += result.size;
      sum.proofs[result.proof] = (sum.proofs[result.proof] ?? 0) + 1;
    } else if ('damaged' in result) sum.damaged += 1;
    else if ('vanished' in result) sum.vanished += 1;
    else sum.removedObjects += 1;
  }
  return sum;
}
