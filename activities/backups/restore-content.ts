// Writes the content of a set to a storage. Blobs come before what leads to them, so that wherever it ends no link leads
// nowhere. Each object is proved by its SHA-256: what is written as it is written, what was there already by reading it, so that
// what a killed attempt or somebody else has left is never believed. Nothing is removed.

import type { RestoredContent } from '../../contracts/restore.ts';
import { contentKey, type SetObject } from '../../domain/backup/set.ts';
import { BLOBS_FOLDER } from '../../domain/storage/registry-key.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { UNPACED } from '../copying/pace/pace.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { flawOfKey } from '../storage/safe-keys.ts';
import type { Storage } from '../storage/storage.ts';
import { copyAll, renamed } from './content-store.ts';
import { copiedObjects, type Link, sameLinks, sizeOf } from './objects-of-set.ts';
import type { SetRepository } from './open-sets.ts';
import { digestUnlessUnreadable } from './set-lines.ts';
import { type OpenSet, readSetLines, setInvalid } from './set-reader.ts';

const BATCH_OBJECTS = 500;
const BATCH_BYTES = 1024 ** 3;
const READ_AT_ONCE = 8;
const FILES = ['blobs.ndjson', 'tree.ndjson'] as const;

/** Those up to `after` of `file`, and all of the files before it, were proved by an earlier attempt. */
type Checkpoint = { file: (typeof FILES)[number]; after: string } & RestoredContent;
type Content = Extract<SetObject, { sha256: string }>;
type Batch = { row: SetObject; isThere: boolean }[];

export async function restoreContent(
  repository: SetRepository,
  set: OpenSet,
  storage: Storage,
  meter: Meter,
): Promise<RestoredContent> {
  const earlier = checkpointOf(meter.previous);
  const counts = {
    written: earlier?.written ?? 0,
    writtenBytes: earlier?.writtenBytes ?? 0,
    kept: earlier?.kept ?? 0,
  };
  for (const file of FILES.slice(earlier === undefined ? 0 : FILES.indexOf(earlier.file))) {
    const after = file === earlier?.file ? earlier.after : '';
    const rows = readSetLines(repository, set, file, meter);
    const there = copiedObjects(storage, meter, file === 'blobs.ndjson' ? BLOBS_FOLDER : '');
    for await (const batch of batches(mergeListings(there, rows, compareKeys), after)) {
      await restoreBatch(repository, storage, batch, counts, meter);
      meter.moved({ file, after: batch.at(-1)!.row.key, ...counts } satisfies Checkpoint);
    }
  }
  return counts;
}

async function* batches(
  merged: ReturnType<typeof mergeListings<{ key: string; size: number }, SetObject>>,
  after: string,
): AsyncGenerator<Batch> {
  let batch: Batch = [];
  let bytes = 0;
  for await (const { left, right } of merged) {
    if (right === undefined || 'damaged' in right || compareKeys(right.key, after) <= 0) continue;
    batch.push({ row: right, isThere: left?.size === sizeOf(right) });
    bytes += sizeOf(right);
    if (batch.length < BATCH_OBJECTS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function restoreBatch(
  repository: SetRepository,
  storage: Storage,
  batch: Batch,
  counts: RestoredContent,
  meter: Meter,
): Promise<void> {
  for (const { row } of batch) {
    const flaw = flawOfKey(storage, row.key);
    if (flaw !== undefined) throw new TransshipError('UnsafeKey', `${row.key} of the set ${flaw}`);
  }
  const right = await rightAlready(storage, batch, meter);
  const wanted = batch.filter(({ row }) => !right.has(row.key)).map(({ row }) => row);
  await writeContent(
    repository,
    storage,
    wanted.filter((row): row is Content => 'sha256' in row),
    meter,
  );
  await writeLinks(
    storage,
    wanted.filter((row): row is Link => 'text' in row),
    meter,
  );
  counts.kept += right.size;
  counts.written += wanted.length;
  counts.writtenBytes += wanted.reduce((sum, row) => sum + sizeOf(row), 0);
}

/** Keys of those that are there with the bytes that the set names. */
async function rightAlready(storage: Storage, batch: Batch, meter: Meter): Promise<Set<string>> {
  const there = batch.filter(({ isThere }) => isThere).map(({ row }) => row);
  const right = await sameLinks(
    storage,
    there.filter((row): row is Link => 'text' in row),
    meter,
  );
  await forEachBounded(there, READ_AT_ONCE, async (row) => {
    if (!('sha256' in row)) return;
    const found = await digestUnlessUnreadable(storage, row.key, { meter, pace: UNPACED });
    if (found === row.sha256) right.add(row.key);
  });
  return right;
}

/** Several keys may have the same bytes: one of each digest at a time. */
async function writeContent(
  { storage: content }: SetRepository,
  storage: Storage,
  objects: Content[],
  meter: Meter,
): Promise<void> {
  for (let left = objects; left.length > 0;) {
    const turn = new Map(left.map((object) => [contentKey(object.sha256), object]));
    const destination = renamed(storage, (key) => turn.get(key)!, { proveMany: true });
    const items = [...turn].map(([key, { size }]) => ({ key, size }));
    await copyAll(
      content,
      destination,
      items,
      (result) => {
        meter.moved();
        if ('vanished' in result) throw setInvalid(result.key, ['is missing']);
        if ('damaged' in result) throw setInvalid(result.key, ['has other bytes than its name says']);
      },
      { meter, pace: UNPACED },
    );
    const done = new Set(turn.values());
    left = left.filter((object) => !done.has(object));
  }
}

async function writeLinks(storage: Storage, links: Link[], meter: Meter): Promise<void> {
  const items = links.map(({ key, text }) => {
    const body = Buffer.from(text);
    return { key, body, size: body.length };
  });
  if (items.length === 0) return;
  if (storage.writeMany !== undefined) await storage.writeMany(items, meter);
  else
    await forEachBounded(items, READ_AT_ONCE, async ({ key, body, size }) => {
      await storage.write(key, body, { size }, meter);
      meter.moved();
    });
}

/** Of another version of Transship, or none, it is begun anew. */
function checkpointOf(previous: unknown): Checkpoint | undefined {
  const { file, after, ...counts } = Object(previous ?? {}) as Partial<Checkpoint>;
  const isOurs =
    FILES.some((name) => name === file) &&
    typeof after === 'string' &&
    Object.values(counts).every((count) => typeof count === 'number');
  return isOurs ? (previous as Checkpoint) : undefined;
}
