// Finds what a pass has to do: merges the listings of both sides and writes down the difference. Memory stays flat,
// however many objects there are.

import type { PassPlan, StorageActivities } from '../../contracts/storage-activities.ts';
import { fixedContent, isCopied } from '../../domain/content-address.ts';
import { mergeListings } from '../../domain/merge-listings.ts';
import { compareKeys } from './byte-order.ts';
import { readJson, writeJson } from './json-object.ts';
import { sha256Of, sha256OfMany } from './sha256-of.ts';
import type { Storage, StoredObject } from './storage.ts';
import type { Progress } from '../heartbeat.ts';
import { planKey, workKey, writeLines, type WorkItem } from './work-list.ts';

const SHARD_OBJECTS = 500;
const SHARD_BYTES = 1024 ** 3;
/** Objects of equal size whose content the key does not tell are compared so many at a time. */
const COMPARE_OBJECTS = 200;
const SMALL_BYTES = 64 * 1024;

type Sides = { journal: Storage; source: Storage; destination: Storage };
type Request = Parameters<StorageActivities['planPass']>[0];

/** A pass that was planned before keeps its plan. */
export async function planPass(sides: Sides, request: Request, progress: Progress): Promise<PassPlan> {
  const { journal, source, destination } = sides;
  const { signal } = progress;
  const known = await readJson<PassPlan>(journal, planKey(request));
  if (known !== undefined) return known;

  const plan = {
    shards: 0,
    sourceObjects: 0,
    sourceBytes: 0,
    copyObjects: 0,
    copyBytes: 0,
    removeObjects: 0,
  };
  let shard: WorkItem[] = [];
  let shardBytes = 0;
  const flush = async (): Promise<void> => {
    if (shard.length === 0) return;
    await writeLines(journal, workKey(request, plan.shards), shard);
    plan.shards += 1;
    shard = [];
    shardBytes = 0;
    progress.moved();
  };
  const add = async (op: WorkItem['op'], { key, size }: StoredObject): Promise<void> => {
    if (op === 'copy') {
      if (shard.length > 0 && shardBytes + size > SHARD_BYTES) await flush();
      plan.copyObjects += 1;
      plan.copyBytes += size;
      shardBytes += size;
    } else plan.removeObjects += 1;
    shard.push({ op, key, size });
    if (shard.length >= SHARD_OBJECTS) await flush();
  };
  let undecided: StoredObject[] = [];
  const decide = async (): Promise<void> => {
    for (const object of await different(source, destination, undecided, progress)) await add('copy', object);
    undecided = [];
  };

  const merged = mergeListings(copied(source, signal), copied(destination, signal), compareKeys);
  for await (const { left, right } of merged) {
    progress.moved();
    if (left === undefined) {
      if (request.final) await add('remove', right);
      continue;
    }
    plan.sourceObjects += 1;
    plan.sourceBytes += left.size;
    if (left.size !== right?.size) await add('copy', left);
    else if (fixedContent(left.key) === undefined) {
      undecided.push(left);
      if (undecided.length >= COMPARE_OBJECTS) await decide();
    }
  }
  await decide();
  await flush();
  await writeJson(journal, planKey(request), plan);
  return plan;
}

export async function* copied(storage: Storage, signal: AbortSignal): AsyncGenerator<StoredObject> {
  for await (const object of storage.list({ signal })) if (isCopied(object.key)) yield object;
}

/** Those whose bytes are others at the destination, or that are there no more. */
async function different(
  source: Storage,
  destination: Storage,
  objects: StoredObject[],
  progress: Progress,
): Promise<StoredObject[]> {
  const { signal } = progress;
  const small = objects.filter(({ size }) => size <= SMALL_BYTES).map(({ key }) => key);
  const [atSource, atDestination] = await Promise.all([
    sha256OfMany(source, small, signal),
    sha256OfMany(destination, small, signal),
  ]);
  const found: StoredObject[] = [];
  for (const object of objects) {
    progress.moved();
    const { key, size } = object;
    const [here, there] =
      size <= SMALL_BYTES
        ? [atSource.get(key), atDestination.get(key)]
        : await Promise.all([sha256Of(source, key, signal), sha256Of(destination, key, signal)]);
    if (here === undefined || here !== there) found.push(object);
  }
  return found;
}
