// A storage that a registry used until it was moved away, and that it goes back to. What lies there was the registry's own
// when its final delta was copied away, and since then nobody writes there but we, on the way back. A move back removes there
// what the source no longer has and replaces what it has otherwise; so of each such object, and of no other, the time is
// asked at which it was written. One that came later is somebody else's, and then nothing is done.

import { createHash, randomUUID } from 'node:crypto';
import type { Superseded } from '../../contracts/storage-activities.ts';
import { PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import { foreignWords } from '../../domain/migration/earlier-use.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { JournalFile } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import { compareKeys } from '../storage/byte-order.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import { type Claim, type Claimant, everyTurn, isFilledFrom, lastTurn, type Sides } from './claim.ts';
import { compareListed, differentContent } from './different-content.ts';
import { lastWrite } from './last-write.ts';
import { UNPACED } from './pace/pace.ts';

const EXAMPLES = 5;
/** So many are compared, and asked for their times, at once. */
const ASKED_OBJECTS = 500;
/** Some storages cut times to it. */
const SECOND_MS = 1000;
/** A move back proves every byte in its first pass; what is looked for here is what has been changed. */
const TRUST = { named: true, writtenOnce: true };

type Names = Pick<Claimant, 'source' | 'destination'>;
type Held = { op: 'removed' | 'replaced'; key: string; size: number };

/** The claim by which the registry was moved from the destination to the source; undefined: none is on record. */
export async function departureOf(sides: Sides, names: Names): Promise<Claim | undefined> {
  const claim = await awayTo(sides.journal, names);
  return claim && (await isOfThesePlaces(claim, names, sides)) ? claim : undefined;
}

/** Why that claim is no way back, as what follows the destination in a sentence; undefined: there is none. */
export async function whyNoWayBack(sides: Sides, names: Names): Promise<string | undefined> {
  const claim = await awayTo(sides.journal, names);
  if (claim === undefined) return undefined;
  const { source, destination } = sides;
  if (await isOfThesePlaces(claim, names, sides))
    return `a registry used it before it was moved to ${source.describe}: go back by transship return`;
  return `the record of the migration from ${names.destination} to ${names.source} says that they were ${claim.sourcePlace} and ${claim.destinationPlace}; now they are ${destination.describe} and ${source.describe}. Mend the inventory where a name has come to mean another place`;
}

/** Seen from the way there, on which the two sides were the other way round. */
const isOfThesePlaces = async (claim: Claim, names: Names, sides: Sides): Promise<boolean> =>
  await isFilledFrom(claim, names.destination, {
    ...sides,
    source: sides.destination,
    destination: sides.source,
  });

async function awayTo(journal: Storage, { source, destination }: Names): Promise<Claim | undefined> {
  const claim = (await lastTurn(journal, source))?.claim;
  return claim?.inUse === true && claim.finalBy !== undefined && claim.source === destination
    ? claim
    : undefined;
}

/** What a move back would remove and replace. `list`: where it is written down. */
export async function lookBack(
  sides: Sides,
  names: Names,
  departure: Claim,
  meter: Meter,
  list?: JournalFile<'superseded'>,
): Promise<Omit<Superseded, 'key'>> {
  const { destination, journal } = sides;
  const foreign: Superseded['foreign'] = { objects: 0, examples: [] };
  const found = { since: leftAt(departure), removed: 0, replaced: 0, foreign };
  const rows = async function* (): AsyncGenerator<Held & { written: string; foreign: boolean }> {
    let isOurs: ((written: number) => boolean) | undefined;
    for await (const some of heldOtherwise(sides, meter)) {
      isOurs ??= await ownTimes(sides, names, departure, meter);
      const keys = some.map(({ key }) => key);
      const times = await meter.patiently(destination.writtenAt(keys, meter));
      for (const held of some) {
        const time = times.get(held.key);
        if (time === undefined) continue;
        const row = { ...held, written: new Date(time).toISOString(), foreign: !isOurs(time) };
        found[held.op] += 1;
        if (row.foreign) foreign.objects += 1;
        if (row.foreign && foreign.examples.length < EXAMPLES)
          foreign.examples.push({ key: row.key, written: row.written });
        yield row;
      }
    }
  };
  if (list === undefined) for await (const _ of rows());
  else await writeLines(journal, list, rows());
  return found;
}

/** `DestinationNotEmpty` when some of it was written since the registry left. */
export function requireOwn({ describe }: Storage, { since, foreign }: Omit<Superseded, 'key'>): void {
  if (foreign.objects > 0)
    throw new TransshipError('DestinationNotEmpty', foreignWords(describe, { since, foreign }), {
      examples: foreign.examples.map(({ key }) => key),
    });
}

/** Claims of earlier versions do not say when their final delta began; then what came after the claim is not ours to remove. */
const leftAt = ({ finalAt, at }: Claim): string => finalAt ?? at;

const replaced = ({ key, size }: StoredObject): Held => ({ op: 'replaced', key, size });

/** In batches: what only the destination has, and what it has with another content. */
async function* heldOtherwise({ source, destination }: Sides, meter: Meter): AsyncGenerator<Held[]> {
  let held: Held[] = [];
  let open: StoredObject[] = [];
  const batch = async (): Promise<Held[]> => {
    const different = await differentContent(source, destination, open, meter, UNPACED);
    const all = [...held, ...different.map(replaced)];
    held = [];
    open = [];
    return all;
  };
  const merged = mergeListings(objectsToCopy(source, meter), objectsToCopy(destination, meter), compareKeys);
  for await (const { left, right } of merged) {
    if (right === undefined || left?.flaw !== undefined) continue;
    if (right.flaw !== undefined)
      throw new TransshipError('UnsafeKey', `${destination.describe}: ${right.key} ${right.flaw}`, {
        key: right.key,
      });
    if (left === undefined) held.push({ op: 'removed', key: right.key, size: right.size });
    else {
      const verdict = left.size === right.size ? compareListed(left, right, TRUST) : 'different';
      if (verdict === 'different') held.push(replaced(right));
      else if (verdict === 'open') open.push(right);
    }
    if (held.length + open.length >= ASKED_OBJECTS) yield await batch();
  }
  const last = await batch();
  if (last.length > 0) yield last;
}

/**
 * Was it ours, what was written at a time by the destination's clock? Up to the final delta of the departure it was the registry's,
 * and from the claim of an attempt to go back until it wrote no more it was the attempt's.
 */
async function ownTimes(
  sides: Sides,
  { source, destination }: Names,
  departure: Claim,
  meter: Meter,
): Promise<(written: number) => boolean> {
  const clock = await aheadOfUs(sides.destination, meter);
  const left = leftAt(departure);
  const attempts: { from: number; to: number }[] = [];
  const claims = (await Array.fromAsync(everyTurn(sides.journal, destination))).map(({ claim }) => claim);
  for (const [turn, claim] of claims.entries())
    if (claim.at > left && (await isFilledFrom(claim, source, sides)))
      attempts.push({
        from: Date.parse(claim.at) + clock.least - SECOND_MS,
        to: Date.parse(await wroteUntil(sides.journal, claim, claims[turn + 1])) + clock.most,
      });
  const until = Date.parse(left) + clock.least - SECOND_MS;
  return (written) => written <= until || attempts.some(({ from, to }) => written >= from && written <= to);
}

/**
 * An attempt that was terminated says no end, and one that went in use says it long after users have begun to push: of these
 * counts what was noted beside the copying, and without such a note as little as is certain.
 */
async function wroteUntil(journal: Storage, claim: Claim, next: Claim | undefined): Promise<string> {
  const { at, endedAt, finalAt, finalBy, job } = claim;
  const wentInUse = claim.inUse === true && finalBy === job;
  const ends = [endedAt, next?.at].filter((end) => end !== undefined);
  if (wentInUse || endedAt === undefined)
    ends.push((await lastWrite(journal, claim)) ?? (wentInUse ? (finalAt ?? at) : at));
  return ends.sort()[0] as string;
}

/** By how many milliseconds at least and at most the clock of a storage is ahead of ours, told by an object of our own. */
async function aheadOfUs(storage: Storage, { signal }: Meter): Promise<{ least: number; most: number }> {
  const key = `${PROBE_FOLDER}${randomUUID()}`;
  const bytes = Buffer.from(`transship clock ${key}\n`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const before = Date.now();
  await storage.write(key, bytes, { size: bytes.length, sha256 }, { signal });
  const after = Date.now();
  try {
    const written = (await storage.writtenAt([key], { signal })).get(key);
    if (written === undefined)
      throw new TransshipError('StorageUnavailable', `${storage.describe} does not show what was written`);
    return { least: written - after, most: written + SECOND_MS - before };
  } finally {
    await storage.remove([key], { signal });
  }
}
