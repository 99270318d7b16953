// Removes from the destination what the source no longer has. That a listing does not show an object is not enough:
// each is asked for by name first, and one that is there shows that the listing left out others, too, which no one could
// see. Then nothing is removed.

import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Storage } from '../storage/storage.ts';

const ASKED_AT_ONCE = 16;

/**
 * A source of which nothing is left was unmounted, or another place was mounted over it, since it was listed: what is not
 * there has not been removed. `StorageUnavailable`, because it may come back.
 */
export async function requireThere(source: Storage, key: string, meter: Meter): Promise<void> {
  // From the folder of the key upwards: what is near is listed soonest.
  let folder = key;
  do {
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
    for await (const _ of listObjects(source, meter, { prefix: folder })) return;
  } while (folder !== '');
  throw new TransshipError(
    'StorageUnavailable',
    `${source.describe} shows no object any more, though it had some when it was listed: is it mounted?`,
  );
}

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
  if (keys[0] !== undefined) await requireThere(source, keys[0], meter);
  await destination.remove(keys, { signal });
}
