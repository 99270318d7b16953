// Finds what a pass has to do: merges the listings of both sides and writes down the difference. Memory stays flat,
// however many objects there are, and an attempt that follows a killed one lists only what that one had not come to.

import type { PassList, StorageActivities } from '../../contracts/storage-activities.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import { parseRegistryKey } from '../../domain/storage/registry-key.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import { requireClaim } from './claim.ts';
import { compareListed, differentContent, trustOf } from './different-content.ts';
import { fileOf } from '../journal/keys.ts';
import { readLines, writeLines } from '../journal/lines.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import { type Pace, UNPACED } from './pace/pace.ts';
import { onceMoreIfRefused } from './once-more-if-refused.ts';
import { checkpointOf } from './checkpoint.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { WorkItem } from './work-list.ts';

/**
 * A work list is one activity, about six events of history and some milliseconds of Temporal: it must be large beside
 * that, small beside what a killed worker may have to look through again, and at the end of a pass small enough that no
 * worker waits long for another. 10^6 small objects are 2,000 lists; 10 TB of large ones are 10,000.
 */
const SHARD_OBJECTS = 500;
const SHARD_BYTES = 1024 ** 3;
/** Objects of equal size whose content the key does not tell are compared so many at a time. */
const COMPARE_OBJECTS = 200;
/** What is found is written down after so many keys at the latest, however little it is. */
const CHECKPOINT_KEYS = 100_000;
/** After so many keys the heartbeat tells how far the listings have come, and the registry's users have their turn. */
const BEAT_KEYS = 1000;
/**
 * More removals than both of these, beyond those that people approved, look like a source that was unmounted or emptied. Of a
 * small destination it is half of it: under an unmounted disk something often lies.
 */
const MAX_REMOVALS = 100;
const MAX_REMOVED_SHARE = 0.1;
const MAX_REMOVED_SHARE_OF_FEW = 0.5;
/** So few are removed of any. */
const FEW_REMOVALS = 10;

type Sides = { journal: Storage; source: Storage; destination: Storage };
type Request = Omit<Parameters<StorageActivities['planPass']>[0], 'yieldTo'> & {
  /** A person has said that so many may be removed. */
  removeAny?: boolean;
};

/** A pass that was planned before keeps its lists. */
export async function planPass(
  sides: Sides,
  request: Request,
  meter: Meter,
  pace: Pace = UNPACED,
): Promise<PassList> {
  return await onceMoreIfRefused({ ...sides }, meter, () => plan(sides, request, meter, pace));
}

async function plan(sides: Sides, request: Request, meter: Meter, pace: Pace): Promise<PassList> {
  const { journal, source, destination } = sides;
  const { signal } = meter;
  await requireClaim(sides, request);
  const listFile = fileOf('pass-list', request);
  const known = await readRecord<PassList>(journal, listFile);
  if (known !== undefined) return known;

  let checkpoint = checkpointOf(meter.previous);
  const list: PassList = { ...checkpoint.list };
  let { destinationObjects, surplus } = checkpoint;
  let shard: WorkItem[] = [];
  let shardBytes = 0;
  const flush = async (): Promise<void> => {
    if (shard.length === 0) return;
    await writeLines(journal, fileOf('work', { ...request, shard: list.shards }), shard);
    list.shards += 1;
    shard = [];
    shardBytes = 0;
    meter.moved();
  };
  const add = async (op: WorkItem['op'], { key, size, flaw }: StoredObject): Promise<void> => {
    if (flaw !== undefined) {
      shard.push({ op, key, size, flaw });
      if (shard.length >= SHARD_OBJECTS) await flush();
      return;
    }
    if (op === 'copy') {
      if (shard.length > 0 && shardBytes + size > SHARD_BYTES) await flush();
      list.copyObjects += 1;
      list.copyBytes += size;
      shardBytes += size;
    } else list.removeObjects += 1;
    shard.push({ op, key, size });
    if (shard.length >= SHARD_OBJECTS) await flush();
  };
  let undecided: StoredObject[] = [];
  const decide = async (): Promise<void> => {
    for (const object of await differentContent(source, destination, undecided, meter, pace))
      await add('copy', object);
    undecided = [];
  };

  const needed = await neededBlobs(journal, request);
  const after = checkpoint.after;
  const merged = mergeListings(
    objectsToCopy(source, meter, after),
    objectsToCopy(destination, meter, after),
    compareKeys,
  );
  let keys = 0;
  let keysSinceCheckpoint = 0;
  for await (const { left, right } of merged) {
    if (right !== undefined) destinationObjects += 1;
    if (left !== undefined) {
      list.sourceObjects += 1;
      list.sourceBytes += left.size;
    }
    if (right?.flaw !== undefined) throw foreign(destination, right);
    const flaw = left && (left.flaw ?? destination.unfit?.(left.key));
    if (flaw !== undefined) await add('copy', { ...left!, flaw });
    else if (left === undefined) {
      surplus += 1;
      if (needed.has(digestIn(right.key))) throw lostAtSource(source, right.key);
      if (request.final) await add('remove', right);
    } else if (right === undefined || left.size !== right.size) await add('copy', left);
    else {
      const verdict = compareListed(left, right, trustOf(request.pass));
      if (verdict === 'different') await add('copy', left);
      else if (verdict === 'open') undecided.push(left);
    }

    if (undecided.length >= COMPARE_OBJECTS) await decide();
    keys += 1;
    keysSinceCheckpoint += 1;
    if (keysSinceCheckpoint >= CHECKPOINT_KEYS) {
      await decide();
      await flush();
    }
    if (shard.length === 0 && undecided.length === 0) {
      checkpoint = { v: 2, after: (left ?? right).key, list: { ...list }, destinationObjects, surplus };
      keysSinceCheckpoint = 0;
    }
    if (keys % BEAT_KEYS === 0) {
      signal.throwIfAborted();
      meter.moved(checkpoint);
      await meter.patiently(pace.goOn(signal));
    }
  }
  await decide();
  if (request.removeAny !== true)
    requireStable(source, list, { destinationObjects, surplus, approved: request.removals ?? 0 });
  await flush();
  await writeRecord(journal, listFile, list);
  return list;
}

/** Nothing of ours writes there, and nothing of ours removes it. */
const foreign = ({ describe }: Storage, { key, flaw }: StoredObject): TransshipError =>
  new TransshipError('UnsafeKey', `${describe}: ${JSON.stringify(key)} ${flaw}; no copy has put it there`, {
    key,
  });

/** Without the list.json of its pass a work list is nothing, so those that are written already do no harm. */
function requireStable(
  source: Storage,
  { sourceObjects }: PassList,
  { destinationObjects, surplus, approved }: Record<'destinationObjects' | 'surplus' | 'approved', number>,
): void {
  const limit =
    approved +
    Math.max(
      FEW_REMOVALS,
      Math.min(MAX_REMOVALS, destinationObjects * MAX_REMOVED_SHARE_OF_FEW),
      destinationObjects * MAX_REMOVED_SHARE,
    );
  if (surplus === 0 || (sourceObjects > 0 && surplus <= limit)) return;
  throw new TransshipError(
    'SourceUnstable',
    `${source.describe} lists ${sourceObjects} objects; ${surplus} of the ${destinationObjects} at the destination are not among them and would be removed in the end. Is the source mounted? If they were removed there on purpose, empty the destination, or take them away by transship storage copy --delete --any-number`,
    { sourceObjects, destinationObjects, surplus },
  );
}

/** Of the final pass, which is the one that removes. */
async function neededBlobs(journal: Storage, { final, needed }: Request): Promise<Set<string>> {
  const digests = new Set<string>();
  if (!final || needed === undefined || needed === null) return digests;
  for await (const { parts } of readLines<{ parts: { blobs?: { digest: string }[] } | string | null }>(
    journal,
    {
      kind: 'image-parts',
      key: needed,
    },
  ))
    if (typeof parts === 'object') for (const { digest } of parts?.blobs ?? []) digests.add(digest);
  return digests;
}

function digestIn(key: string): string {
  const parsed = parseRegistryKey(key);
  return parsed.kind === 'blob' ? `sha256:${parsed.digest}` : '';
}

const lostAtSource = ({ describe }: Storage, key: string): TransshipError =>
  new TransshipError(
    'SourceUnstable',
    `${describe} no longer has ${key}, which images need and the destination has: it is not removed there. Find out who removed it, although garbage collection stands still`,
    { key },
  );
