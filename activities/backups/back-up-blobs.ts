// Copies the blobs of a registry that a repository lacks, and lists all of them in the set. Nothing else is remembered: what a
// killed attempt has copied is found in the content by the next one, and so is what an earlier set has.
//
// Most keys name the digest of their blob. Of the others (dtr-msr.md §5.1), whose bytes never change, the set before tells it;
// what is new is read once more to be hashed.

import type { ContentCounts, SetFile } from '../../contracts/backup.ts';
import type { SetObject } from '../../domain/backup/set.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import { isWrittenOnce } from '../../domain/storage/content-address.ts';
import { BLOBS_FOLDER } from '../../domain/storage/registry-key.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { fixedSha256 } from '../copying/fixed-sha256.ts';
import type { Pace } from '../copying/pace/pace.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import { writeByDisk } from '../storage/write-by-disk.ts';
import {
  type Content,
  type Identified,
  listContent,
  listDamaged,
  storeContent,
  unmarkDamaged,
} from './content-store.ts';
import { digestUnlessUnreadable, linesOf, UNREADABLE } from './set-lines.ts';

const BATCH_OBJECTS = 500;
const BATCH_BYTES = 1024 ** 3;
const HASHED_AT_ONCE = 8;

type Sides = { source: Storage; repository: Storage };

/** `before`: the blobs of an earlier set, in its order. */
export async function backUpBlobs(
  { source, repository }: Sides,
  { key, before }: { key: string; before: AsyncIterable<SetObject> },
  work: { meter: Meter; pace: Pace },
): Promise<{ content: ContentCounts; file: SetFile }> {
  const { meter, pace } = work;
  const content = await listContent(repository, meter);
  const damaged = await listDamaged(repository, meter);
  for (const sha256 of damaged) content.delete(sha256);
  const counts: ContentCounts = { blobs: 0, bytes: 0, newBlobs: 0, newBytes: 0 };
  const rows = async function* (): AsyncGenerator<SetObject> {
    for await (const batch of batches(knownBlobs(source, before, meter))) {
      await meter.patiently(pace.goOn(meter.signal));
      for (const row of await storeBatch({ source, repository }, batch, content, counts, work)) {
        if ('sha256' in row) {
          counts.blobs += 1;
          counts.bytes += row.size;
        }
        yield row;
      }
      meter.moved({ ...counts });
    }
  };
  const file = await writeByDisk(repository, key, linesOf(rows()), meter);
  const healed = [...damaged].filter((sha256) => content.has(sha256));
  if (healed.length > 0) await unmarkDamaged(repository, healed, meter);
  return { content: counts, file };
}

/** What a backup would come to now. Blobs whose digest nobody knows count as new. */
export async function countBlobs(
  { source, repository }: Sides,
  before: AsyncIterable<SetObject>,
  meter: Meter,
): Promise<ContentCounts> {
  const content = await listContent(repository, meter);
  const counts: ContentCounts = { blobs: 0, bytes: 0, newBlobs: 0, newBytes: 0 };
  const seen = new Set<string>();
  for await (const { size, sha256, flaw } of knownBlobs(source, before, meter)) {
    if (flaw !== undefined) continue;
    counts.blobs += 1;
    counts.bytes += size;
    if (sha256 !== undefined && (content.get(sha256) === size || seen.has(sha256))) continue;
    if (sha256 !== undefined) seen.add(sha256);
    counts.newBlobs += 1;
    counts.newBytes += size;
  }
  return counts;
}

type Blob = StoredObject & { sha256?: string };

async function* knownBlobs(
  source: Storage,
  before: AsyncIterable<SetObject>,
  meter: Meter,
): AsyncGenerator<Blob> {
  const listed = listObjects(source, meter, { prefix: BLOBS_FOLDER });
  for await (const { left, right } of mergeListings(listed, before, compareKeys)) {
    meter.moved();
    if (left === undefined) continue;
    const { key, size, flaw } = left;
    const told =
      right !== undefined && 'sha256' in right && right.size === size && isWrittenOnce(key)
        ? right.sha256
        : undefined;
    const sha256 = fixedSha256(key) ?? told;
    yield { key, size, ...(flaw !== undefined && { flaw }), ...(sha256 !== undefined && { sha256 }) };
  }
}

async function* batches(blobs: AsyncIterable<Blob>): AsyncGenerator<Blob[]> {
  let batch: Blob[] = [];
  let bytes = 0;
  for await (const blob of blobs) {
    batch.push(blob);
    bytes += blob.size;
    if (batch.length < BATCH_OBJECTS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The lines of the batch, in its order. Those that are gone meanwhile are left out. */
async function storeBatch(
  { source, repository }: Sides,
  batch: Blob[],
  content: Content,
  counts: ContentCounts,
  work: { meter: Meter; pace: Pace },
): Promise<SetObject[]> {
  const { meter } = work;
  const rows = new Map<string, SetObject>();
  const identified: Identified[] = [];
  await forEachBounded(batch, HASHED_AT_ONCE, async ({ key, size, sha256, flaw }) => {
    if (flaw !== undefined) {
      rows.set(key, { key, size, damaged: flaw });
      return;
    }
    const digest = sha256 ?? (await digestUnlessUnreadable(source, key, work));
    if (digest === UNREADABLE) rows.set(key, { key, size, damaged: 'cannot be read' });
    else if (digest !== undefined) identified.push({ key, size, sha256: digest });
  });
  const lacking = new Map<string, Identified>();
  for (const object of identified) {
    rows.set(object.key, object);
    if (content.get(object.sha256) !== object.size) lacking.set(object.sha256, object);
  }
  const digests = new Map([...lacking.values()].map(({ key, sha256 }) => [key, sha256]));
  await storeContent(
    source,
    repository,
    [...lacking.values()],
    ({ key: stored, damaged, vanished }) => {
      meter.moved();
      const sha256 = digests.get(stored)!;
      // Several keys may have the same bytes; one of them was copied for all.
      const same = identified.filter((object) => object.sha256 === sha256);
      if (damaged !== undefined) for (const { key, size } of same) rows.set(key, { key, size, damaged });
      else if (vanished) for (const { key } of same) rows.delete(key);
      else {
        const { size } = lacking.get(sha256)!;
        content.set(sha256, size);
        counts.newBlobs += 1;
        counts.newBytes += size;
      }
    },
    work,
  );
  return batch.flatMap(({ key }) => rows.get(key) ?? []);
}
