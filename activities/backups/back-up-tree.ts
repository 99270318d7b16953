// Lists everything of a registry's storage beside its blobs: links, which are a few bytes and stand in the list itself. A link
// is written after what it names. So the links of a set are listed before its blobs, and whatever is pushed meanwhile, no
// link of the set leads to a blob that is not there.
//
// Most links have keys that tell their text; they are not read, and one that is damaged comes back whole.

import { buffer } from 'node:stream/consumers';
import type { SetFile } from '../../contracts/backup.ts';
import { contentKey, type SetObject } from '../../domain/backup/set.ts';
import { fixedContent, isCopied } from '../../domain/storage/content-address.ts';
import { BLOBS_FOLDER } from '../../domain/storage/registry-key.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Pace } from '../copying/pace/pace.ts';
import { readSource } from '../copying/read-source.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import { writeByDisk } from '../storage/write-by-disk.ts';
import { storeContent } from './content-store.ts';
import { digestUnlessUnreadable, linesOf, UNREADABLE, unlessUnreadable } from './set-lines.ts';

/** No link of a registry is nearly as long. What is longer is kept as content. */
const MAX_TEXT_BYTES = 4096;
const BATCH_OBJECTS = 500;
/** Behind every key of a blob, and before every other one that comes after them. */
const BEHIND_BLOBS = `${BLOBS_FOLDER}\u{10ffff}`;

type Sides = { source: Storage; repository: Storage };
type Work = { meter: Meter; pace: Pace };

export async function backUpTree({ source, repository }: Sides, key: string, work: Work): Promise<SetFile> {
  const { meter } = work;
  const rows = async function* (): AsyncGenerator<SetObject> {
    let batch: StoredObject[] = [];
    const flush = async function* (): AsyncGenerator<SetObject> {
      yield* await rowsOf({ source, repository }, batch, work);
      batch = [];
    };
    for await (const object of besideBlobs(source, meter)) {
      batch.push(object);
      if (batch.length >= BATCH_OBJECTS) yield* flush();
    }
    yield* flush();
  };
  return await writeByDisk(repository, key, linesOf(rows()), meter);
}

async function* besideBlobs(source: Storage, meter: Meter): AsyncGenerator<StoredObject> {
  for (const after of ['', BEHIND_BLOBS])
    for await (const object of listObjects(source, meter, { after })) {
      meter.moved();
      if (after === '' && compareKeys(object.key, BLOBS_FOLDER) >= 0) break;
      if (isCopied(object.key)) yield object;
    }
}

/** Those that are gone meanwhile are left out. */
async function rowsOf(sides: Sides, batch: StoredObject[], work: Work): Promise<SetObject[]> {
  const rows = new Map<string, SetObject>();
  const unread: StoredObject[] = [];
  for (const { key, size, flaw } of batch) {
    const fixed = fixedContent(key);
    if (flaw !== undefined) rows.set(key, { key, size, damaged: flaw });
    else if (fixed !== undefined && 'content' in fixed) rows.set(key, { key, text: fixed.content });
    else unread.push({ key, size });
  }
  const texts = await textsOf(sides.source, unread, work.meter);
  for (const object of unread) {
    const text = texts.get(object.key);
    if (text !== undefined) rows.set(object.key, { key: object.key, text });
    else {
      const row = await kept(sides, object, work);
      if (row !== undefined) rows.set(object.key, row);
    }
  }
  return batch.flatMap(({ key }) => rows.get(key) ?? []);
}

/** Of those that are short, and text; one that cannot be read now is tried by itself. */
async function textsOf(source: Storage, objects: StoredObject[], meter: Meter): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const short = objects.filter(({ size }) => size <= MAX_TEXT_BYTES);
  if (short.length === 0) return texts;
  try {
    for await (const { key, body } of source.readMany(
      short.map(({ key: one }) => one),
      { signal: meter.signal },
    )) {
      const bytes = await buffer(body);
      if (bytes.length <= MAX_TEXT_BYTES && isText(bytes)) texts.set(key, bytes.toString());
      meter.moved();
    }
  } catch {
    meter.signal.throwIfAborted();
    // What tar could not read comes as zeros.
    texts.clear();
    for (const { key } of short) {
      const read = async () => await buffer(await readSource(source, key, meter));
      const bytes = await unlessUnreadable(source, key, meter, read).catch(undefinedIfGone);
      if (bytes !== undefined && bytes !== UNREADABLE && isText(bytes)) texts.set(key, bytes.toString());
    }
  }
  return texts;
}

const isText = (bytes: Buffer): boolean => Buffer.from(bytes.toString()).equals(bytes);

function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof ObjectNotFoundError)) throw error;
}

/** As content; undefined: it is gone. */
async function kept(
  { source, repository }: Sides,
  { key, size }: StoredObject,
  work: Work,
): Promise<SetObject | undefined> {
  const sha256 = await digestUnlessUnreadable(source, key, work);
  if (sha256 === undefined) return undefined;
  if (sha256 === UNREADABLE) return { key, size, damaged: 'cannot be read' };
  const there = await repository.stat(contentKey(sha256), { signal: work.meter.signal });
  let row: SetObject | undefined = { key, size, sha256 };
  if (there?.size !== size)
    await storeContent(
      source,
      repository,
      [{ key, size, sha256 }],
      ({ damaged, vanished }) => {
        if (vanished) row = undefined;
        if (damaged !== undefined) row = { key, size, damaged };
      },
      work,
    );
  return row;
}
