// A pass goes for days, and every storage was asked before it whether it may: what is refused in the middle of one is a
// secret that was changed while the old one is still kept, rights that were given a moment ago, or a service that stumbles.
// So it is tried once more when what is kept has grown old. What is refused again is refused.

import { isCloudKind } from '../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { Tries } from '../concurrency/patience.ts';
import type { Storage } from '../storage/storage.ts';

/** A directory has no secret that grows old. */
export async function onceMoreIfRefused<T>(
  storages: Record<string, Storage>,
  meter: Meter,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isRefusal = error instanceof TransshipError && error.type === 'AccessDenied';
    if (!isRefusal || !Object.values(storages).some(({ kind }) => isCloudKind(kind))) throw error;
    await meter.patiently(new Tries(meter.patience.refused).next(meter.signal));
    return await work();
  }
}
