// Are two objects of equal size the same? What the listings say is believed first; only what they leave open is read.

import { fixedContent, isWrittenOnce } from '../../domain/storage/content-address.ts';
import { UnreadableObjectError } from '../storage/errors.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { fixedSha256 } from './fixed-sha256.ts';
import type { Pace } from './pace/pace.ts';
import { otherIsReadable, sha256OfReading, statOf } from './read-source.ts';
import { sha256OfMany, SMALL_BYTES } from '../storage/bytes/sha256-of.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';

/** Most answers carry no bytes. */
const ASKED_AT_ONCE = 16;

/** Of which objects key and size are enough: those whose key names their content, and those that are written once. */
export type Trust = { named: boolean; writtenOnce: boolean };

/** What pass 1 of a job proves, the others need not: whatever is at the destination then was copied with proof. */
export const trustOf = (pass: number): Trust => ({ named: pass > 1, writtenOnce: pass > 1 });

/** Of two objects of equal key and size. */
export function compareListed(
  here: StoredObject,
  there: StoredObject,
  trust: Trust,
): 'same' | 'different' | 'open' {
  if (fixedContent(here.key) !== undefined) {
    if (there.sha256 === undefined) return trust.named ? 'same' : 'open';
    return there.sha256 === fixedSha256(here.key) ? 'same' : 'different';
  }
  for (const digest of ['sha256', 'md5'] as const) {
    const [left, right] = [here[digest], there[digest]];
    if (left !== undefined && right !== undefined) return left === right ? 'same' : 'different';
  }
  return trust.writtenOnce && isWrittenOnce(here.key) ? 'same' : 'open';
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
  // What a key tells need not be read of the source.
  const untold = small.filter((key) => fixedSha256(key) === undefined);
  // Where reading many fails, each is asked for alone, so that one that cannot be read does not hide the others.
  const [atSource, atDestination] = await Promise.all(
    ([[source, untold] as const, [destination, small] as const] as const).map(([side, keys]) =>
      sha256OfMany(side, keys, signal).catch(() => {
        signal.throwIfAborted();
        return undefined;
      }),
    ),
  );
  const one = async (side: Storage, many: Map<string, string> | undefined, key: string, size: number) =>
    size <= SMALL_BYTES && many !== undefined ? many.get(key) : await sha256Of(side, key, meter, pace);
  const different = new Set<StoredObject>();
  await forEachBounded(objects, ASKED_AT_ONCE, async (object) => {
    const { key, size } = object;
    const [here, there] = await Promise.all([
      fixedSha256(key) ?? one(source, atSource, key, size),
      one(destination, atDestination, key, size),
    ]);
    meter.moved();
    if (here === undefined || here !== there) different.add(object);
  });
  return objects.filter((object) => different.has(object));
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
