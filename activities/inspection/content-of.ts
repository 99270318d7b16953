// What objects hold, by the cheapest way that proves it: the storage's own SHA-256 where it has one, many small objects in
// one reading, large ones one by one. Batch after batch, so that memory stays flat.

import { buffer } from 'node:stream/consumers';
import { kindOf } from '../../domain/storage/storage-kinds.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { ObjectNotFoundError, UnreadableObjectError } from '../storage/errors.ts';
import { sha256OfBuffer } from '../copying/fixed-sha256.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { otherIsReadable, readSource, sha256OfReading, statOf } from '../copying/read-source.ts';
import { SMALL_BYTES } from '../storage/bytes/sha256-of.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';

const BATCH_OBJECTS = 1000;
/** Nothing is reported before its batch has ended: one of large objects that must be read is kept short. */
const BATCH_BYTES = 256 * 1024 ** 2;
/** An answer with a digest carries no bytes: only its delay costs time, and many at once hide that. */
const ASKED_IN_FLIGHT = 64;
/** Objects whose bytes are read at once, by us or by a host that hashes them before it answers with a digest. */
const READ_IN_FLIGHT = 3;
/** After so many objects in a row without a digest, small ones are read at once and not asked for first. */
const ASK_AT_MOST = 50;

export type Content = {
  object: StoredObject;
  /** Lower-case hex; undefined: it is gone, or `problem` says why it cannot be read. */
  sha256?: string;
  /** Who hashed it: the storage, or this process after reading every byte. */
  by: 'storage' | 'reading';
  /** Of a small object that was read. */
  bytes?: Buffer;
  problem?: string;
};

type Found = (content: Content) => void;

/** `trust`: the storage's own digests count. Else every byte is read. In no particular order within a batch. */
export async function* contentOf(
  storage: Storage,
  objects: AsyncIterable<StoredObject>,
  trust: boolean,
  meter: Meter,
): AsyncGenerator<Content> {
  const keepsDigests = kindOf(storage).isCloud;
  const asking = { trust, keepsDigests, tells: keepsDigests, without: 0 };
  const mostBytes = (): number => (trust && asking.tells ? Number.POSITIVE_INFINITY : BATCH_BYTES);
  for await (const batch of batchesOf(objects, mostBytes)) {
    const found: Content[] = [];
    await contentOfBatch(storage, batch, asking, meter, (content) => {
      meter.moved();
      found.push(content);
    });
    yield* found;
  }
}

type Asking = {
  trust: boolean;
  /** Else it hashes for its answer, or has none. */
  keepsDigests: boolean;
  /** Has it answered with a digest lately? */
  tells: boolean;
  without: number;
};

async function contentOfBatch(
  storage: Storage,
  batch: StoredObject[],
  asking: Asking,
  meter: Meter,
  found: Found,
): Promise<void> {
  const toRead: StoredObject[] = [];
  const toAsk: StoredObject[] = [];
  for (const object of batch) {
    if (!asking.trust) toRead.push(object);
    else if (object.sha256 !== undefined) found({ object, sha256: object.sha256, by: 'storage' });
    // Reading a small object costs no more than asking, unless the storage answers as a rule.
    else if (object.size <= SMALL_BYTES && !asking.tells) toRead.push(object);
    else toAsk.push(object);
  }
  await forEachBounded(toAsk, asking.keepsDigests ? ASKED_IN_FLIGHT : READ_IN_FLIGHT, async (object) => {
    const stat = await statOf(storage, object.key, meter.signal).catch(ifUnreadable);
    if (stat === undefined) found({ object, by: 'storage' });
    else if (stat instanceof UnreadableObjectError) toRead.push(object);
    else if (stat.sha256 !== undefined) {
      found({ object: { ...object, size: stat.size }, sha256: stat.sha256, by: 'storage' });
      asking.without = 0;
    } else {
      toRead.push(object);
      asking.without += 1;
      if (asking.without >= ASK_AT_MOST) asking.tells = false;
    }
  });
  const small = toRead.filter(({ size }) => size <= SMALL_BYTES);
  const large = toRead.filter(({ size }) => size > SMALL_BYTES);
  await readSmall(storage, small, meter, found);
  await forEachBounded(large, READ_IN_FLIGHT, async (object) => {
    const sha256 = await sha256OfReading(storage, object.key, meter).catch(ifUnreadable);
    found(await contentFrom(storage, object, sha256, meter));
  });
}

async function readSmall(
  storage: Storage,
  objects: StoredObject[],
  meter: Meter,
  found: Found,
): Promise<void> {
  const { signal } = meter;
  const left = new Map(objects.map((object) => [object.key, object]));
  try {
    // Held back until all is read: tar gives zeros for what it could not read, and tells of it at the end.
    const read: Content[] = [];
    for await (const { key, body } of storage.readMany([...left.keys()], { signal })) {
      const object = left.get(key);
      if (object === undefined) continue;
      read.push(contentOfBytes(object, await buffer(body)));
      meter.moved();
    }
    for (const content of read) {
      left.delete(content.object.key);
      found(content);
    }
    for (const object of left.values()) found({ object, by: 'reading' });
  } catch {
    signal.throwIfAborted();
    // One by one, to find the one that cannot be read.
    await forEachBounded(left.values(), READ_IN_FLIGHT, async (object) => {
      const bytes = await readSource(storage, object.key, meter).then(buffer).catch(ifUnreadable);
      if (Buffer.isBuffer(bytes)) found(contentOfBytes(object, bytes));
      else found(await contentFrom(storage, object, bytes, meter));
    });
  }
}

function contentOfBytes(object: StoredObject, bytes: Buffer): Content {
  return { object: { ...object, size: bytes.length }, sha256: sha256OfBuffer(bytes), by: 'reading', bytes };
}

/** One object that cannot be read is its own problem; none that can be read is the storage's. */
async function contentFrom(
  storage: Storage,
  object: StoredObject,
  result: string | undefined | UnreadableObjectError,
  meter: Meter,
): Promise<Content> {
  if (!(result instanceof UnreadableObjectError))
    return { object, by: 'reading', ...(result !== undefined && { sha256: result }) };
  if (!(await otherIsReadable(storage, object.key, meter))) throw result.cause;
  return { object, by: 'reading', problem: `cannot be read: ${messageOf(result.cause)}` };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function ifUnreadable(error: unknown): UnreadableObjectError | undefined {
  if (error instanceof UnreadableObjectError) return error;
  if (error instanceof ObjectNotFoundError) return undefined;
  throw error;
}

async function* batchesOf(
  objects: AsyncIterable<StoredObject>,
  mostBytes: () => number,
): AsyncGenerator<StoredObject[]> {
  let batch: StoredObject[] = [];
  let bytes = 0;
  for await (const object of objects) {
    batch.push(object);
    bytes += object.size;
    if (batch.length < BATCH_OBJECTS && bytes < mostBytes()) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
