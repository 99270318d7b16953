// Are two objects of equal size the same? What the listings say is believed first; only what they leave open is read.

import { fixedContent, isWrittenOnce } from '../../domain/storage/content-address.ts';
import { UnreadableObjectError } from '../storage/errors.ts';
import { fixedSha256 } from './fixed-sha256.ts';
import type { Pace } from './pace/pace.ts';
import { otherIsReadable, sha256OfReading, statOf } from './read-source.ts';
import { sha256OfMany, SMALL_BYTES } from '../storage/bytes/sha256-of.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';

/**
 * Of two objects of equal key and size. An object whose key names its content is at the destination because it was
 * copied with proof, and so is one that is written once, after the first pass.
 */
export function compareListed(
  here: StoredObject,
  there: StoredObject,
  pass: number,
): 'same' | 'different' | 'open' {
  if (fixedContent(here.key) !== undefined)
    return there.sha256 === undefined || there.sha256 === fixedSha256(here.key) ? 'same' : 'different';
  for (const digest of ['sha256', 'md5'] as const) {
    const [left, right] = [here[digest], there[digest]];
    if (left !== undefined && right !== undefined) return left === right ? 'same' : 'different';
  }
  return pass > 1 && isWrittenOnce(here.key) ? 'same' : 'open';
}

/** Those whose bytes are others at the destination, or that are there no more. */
export async function differentContent(
  source: Storage,
  destination: Storage,
  objects: StoredObject[],
  meter: Meter,
  pace: Pace,
): Promise<StoredObject[]> {
  if (objects.length === 0) return [];
  const { signal } = meter;
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
    size <= SMALL_BYTES && many !== undefined ? many.get(key) : await sha256Of(side, key, meter, pace);
  const found: StoredObject[] = [];
  for (const object of objects) {
    meter.moved();
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
async function sha256Of(
  storage: Storage,
  key: string,
  meter: Meter,
  pace: Pace,
): Promise<string | undefined> {
  try {
    const stat = await statOf(storage, key, meter.signal);
    return stat && (stat.sha256 ?? (await sha256OfReading(storage, key, meter, pace)));
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    // Only this one: then the copying tells what is the matter with it.
    if (await otherIsReadable(storage, key, meter)) return undefined;
    throw error.cause;
  }
}
