// The way of an object on which no byte passes through the worker: from a storage of the same provider, or on one host.

import { fixedSha256 } from './fixed-sha256.ts';
import type { Pace } from './pace/pace.ts';
import { isThrottled } from './pace/throttling.ts';
import type { Destination, Storage } from '../storage/storage.ts';
import type { WorkResult } from './work-list.ts';
import type { Meter } from '../concurrency/heartbeat.ts';

/**
 * undefined: not possible for this object, and then its bytes take their own way. What fails here goes that way, too:
 * there it is found out whether the object is damaged, gone or unreadable, or the storage is.
 */
export async function copyByServer(
  source: Storage,
  destination: Destination,
  object: { key: string; size: number },
  meter: Meter,
  pace: Pace,
): Promise<WorkResult | undefined> {
  const { key, size } = object;
  if (destination.copyFrom === undefined) return undefined;
  const sha256 = fixedSha256(key);
  try {
    const request = { size, ...(sha256 !== undefined && { sha256 }) };
    const written = await destination.copyFrom(source, key, request, meter);
    return written && { key, size, ...written };
  } catch (error) {
    meter.signal.throwIfAborted();
    if (isThrottled(error)) pace.throttled();
    return undefined;
  }
}
