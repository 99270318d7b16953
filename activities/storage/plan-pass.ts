// Finds what a pass has to do: merges the listings of both sides and writes down the difference. Memory stays flat,
// however many objects there are.

import type { PassPlan, StorageActivities } from '../../contracts/storage-activities.ts';
import { fixedContent, isWrittenOnce } from '../../domain/content-address.ts';
import { mergeListings } from '../../domain/merge-listings.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { compareKeys } from './byte-order.ts';
import { copied } from './copied.ts';
import { UnreadableObjectError } from './errors.ts';
import { readJson, writeJson } from './json-object.ts';
import { otherIsReadable, sha256OfReading, statOf } from './read-source.ts';
import { sha256OfMany } from './sha256-of.ts';
import type { Storage, StoredObject } from './storage.ts';
import type { Progress } from '../heartbeat.ts';
import { planKey, workKey, writeLines, type WorkItem } from './work-list.ts';

const SHARD_OBJECTS = 500;
const SHARD_BYTES = 1024 ** 3;
/** Objects of equal size whose content the key does not tell are compared so many at a time. */
const COMPARE_OBJECTS = 200;
const SMALL_BYTES = 64 * 1024;
/** More removals than both of these look like a source that was unmounted or emptied. */
const MAX_REMOVALS = 100;
const MAX_REMOVED_SHARE = 0.1;

type Sides = { journal: Storage; source: Storage; destination: Storage };
type Request = Parameters<StorageActivities['planPass']>[0];

/** A pass that was planned before keeps its plan. */
export async function planPass(sides: Sides, request: Request, progress: Progress): Promise<PassPlan> {
  const { journal, source, destination } = sides;
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
  let destinationObjects = 0;
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

  const merged = mergeListings(copied(source, progress), copied(destination, progress), compareKeys);
  for await (const { left, right } of merged) {
    if (right !== undefined) destinationObjects += 1;
    if (left === undefined) {
      if (request.final) await add('remove', right);
      continue;
    }
    plan.sourceObjects += 1;
    plan.sourceBytes += left.size;
    if (left.size !== right?.size) await add('copy', left);
    else if (fixedContent(left.key) === undefined && !(request.pass > 1 && isWrittenOnce(left.key))) {
      undecided.push(left);
      if (undecided.length >= COMPARE_OBJECTS) await decide();
    }
  }
  await decide();
  requireStable(source, plan, destinationObjects);
  await flush();
  await writeJson(journal, planKey(request), plan);
  return plan;
}

/** Without its plan.json a work list is nothing, so those that are written already do no harm. */
function requireStable(source: Storage, plan: PassPlan, destinationObjects: number): void {
  const { sourceObjects, removeObjects } = plan;
  const limit = Math.max(MAX_REMOVALS, destinationObjects * MAX_REMOVED_SHARE);
  if (removeObjects === 0 || (sourceObjects > 0 && removeObjects <= limit)) return;
  throw new TransshipError(
    'SourceUnstable',
    `${source.describe} lists ${sourceObjects} objects; ${removeObjects} of the ${destinationObjects} at the destination would be removed`,
    { sourceObjects, destinationObjects, removeObjects },
  );
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
  // Where reading many fails, each is asked for alone, so that one that cannot be read does not hide the others.
  const [atSource, atDestination] = await Promise.all(
    [source, destination].map((side) =>
      sha256OfMany(side, small, signal).catch(() => {
        signal.throwIfAborted();
        return undefined;
      }),
    ),
  );
  const one = async (side: Storage, many: Map<string, string> | undefined, key: string, size: number) =>
    size <= SMALL_BYTES && many !== undefined ? many.get(key) : await sha256Of(side, key, progress);
  const found: StoredObject[] = [];
  for (const object of objects) {
    progress.moved();
    const { key, size } = object;
    const [here, there] = await Promise.all([
      one(source, atSource, key, size),
      one(destination, atDestination, key, size),
    ]);
    if (here === undefined || here !== there) found.push(object);
  }
  return found;
}

/** What the storage tells, and where it does not, of the bytes; undefined: it is gone or cannot be read. */
async function sha256Of(storage: Storage, key: string, progress: Progress): Promise<string | undefined> {
  try {
    const stat = await statOf(storage, key, progress.signal);
    return stat && (stat.sha256 ?? (await sha256OfReading(storage, key, progress)));
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    // Only this one: then the copying tells what is the matter with it.
    if (await otherIsReadable(storage, key, progress)) return undefined;
    throw error.cause;
  }
}
