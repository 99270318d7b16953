// Removes from the destination what the source no longer has. That a listing does not show an object is not enough:
// each is asked for by name first, and one that is there shows that the listing left out others, too, which no one could
// see. Then nothing is removed.

import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import type { Storage } from '../storage/storage.ts';

const ASKED_AT_ONCE = 16;

/** `SourceUnstable` if the source has one of the keys. */
export async function removeVanished(
  source: Storage,
  destination: Storage,
  keys: string[],
  meter: Meter,
): Promise<void> {
  const { signal } = meter;
  await forEachBounded(keys, ASKED_AT_ONCE, async (key) => {
    const found = await source.stat(key, { signal });
    meter.moved();
    if (found !== undefined) {
      throw new TransshipError(
        'SourceUnstable',
        `${source.describe} did not list ${key}, but has it; what else its listing left out cannot be known`,
        { key },
      );
    }
  });
  await destination.remove(keys, { signal });
}
