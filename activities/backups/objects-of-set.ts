// What a storage has of a set: the listing of the one beside the lists of the other, and whether what is there is the same.

import { buffer } from 'node:stream/consumers';
import type { RestorePreview } from '../../contracts/restore.ts';
import type { SetObject } from '../../domain/backup/set.ts';
import { isCopied } from '../../domain/storage/content-address.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import type { SetRepository } from './open-sets.ts';
import { type OpenSet, readSetLines } from './set-reader.ts';

const EXAMPLES = 10;
const BATCH_LINKS = 500;

export type Link = Extract<SetObject, { text: string }>;

export const sizeOf = (row: SetObject): number => ('text' in row ? Buffer.byteLength(row.text) : row.size);

/** Of what is copied; unfinished uploads are left out. */
export async function* copiedObjects(
  storage: Storage,
  meter: Meter,
  prefix = '',
): AsyncGenerator<StoredObject> {
  for await (const object of listObjects(storage, meter, { prefix })) {
    meter.moved();
    if (isCopied(object.key)) yield object;
  }
}

/** `strange`: what the destination has and the set has not, or has otherwise. A blob of the right length is not read here. */
export async function compareWithSet(
  repository: SetRepository,
  set: OpenSet,
  storage: Storage,
  meter: Meter,
): Promise<RestorePreview> {
  const preview: RestorePreview = {
    ...{ objects: 0, bytes: 0, there: 0, damaged: 0, strange: 0 },
    examples: [],
  };
  const isStrange = (key: string): void => {
    preview.strange += 1;
    if (preview.examples.length < EXAMPLES) preview.examples.push(key);
  };
  let links: Link[] = [];
  const compareLinks = async (): Promise<void> => {
    const same = await sameLinks(storage, links, meter);
    for (const { key } of links) if (!same.has(key)) isStrange(key);
    links = [];
  };
  const objects = copiedObjects(storage, meter);
  for await (const pair of mergeListings(objects, allOf(repository, set, meter), compareKeys)) {
    const { left, right } = pair;
    if (right === undefined) {
      isStrange(left!.key);
      continue;
    }
    if ('damaged' in right) {
      preview.damaged += 1;
      continue;
    }
    preview.objects += 1;
    preview.bytes += sizeOf(right);
    if (left === undefined) continue;
    if (left.flaw !== undefined || left.size !== sizeOf(right)) {
      isStrange(left.key);
      continue;
    }
    preview.there += 1;
    if ('text' in right && links.push(right) >= BATCH_LINKS) await compareLinks();
  }
  await compareLinks();
  return preview;
}

/** Keys of those that the storage has with this text. */
export async function sameLinks(
  storage: Storage,
  links: readonly Link[],
  meter: Meter,
): Promise<Set<string>> {
  const same = new Set<string>();
  const texts = new Map(links.map(({ key, text }) => [key, text]));
  if (links.length === 0) return same;
  for await (const { key, body } of storage.readMany([...texts.keys()], { signal: meter.signal })) {
    if ((await buffer(body)).equals(Buffer.from(texts.get(key)!))) same.add(key);
    meter.moved();
  }
  return same;
}

/** Both lists of the set as one, in order. */
async function* allOf(repository: SetRepository, set: OpenSet, meter: Meter): AsyncGenerator<SetObject> {
  const [tree, blobs] = (['tree.ndjson', 'blobs.ndjson'] as const).map((file) =>
    readSetLines(repository, set, file, meter),
  );
  for await (const { left, right } of mergeListings(tree!, blobs!, compareKeys)) yield left ?? right;
}
