// The listing of a storage, unfinished uploads too, as work that is watched goes through it. What cannot be copied is
// there with its `flaw`: whoever goes through a listing says what becomes of it.

import type { Meter } from '../concurrency/heartbeat.ts';
import { compareKeys } from './byte-order.ts';
import { flawOfKey } from './safe-keys.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Storage, StoredObject } from './storage.ts';

/** `after`: only what comes behind this key. */
export async function* listObjects(
  storage: Storage,
  meter: Meter,
  { prefix = '', after = '' }: { prefix?: string; after?: string } = {},
): AsyncGenerator<StoredObject> {
  const objects = storage.list({ signal: meter.signal, prefix, after });
  const listing = objects[Symbol.asyncIterator]();
  try {
    // A host sorts its whole listing before it sends the first key, and a folder can have a million names.
    let next = await meter.patiently(listing.next());
    if (!next.done && after !== '' && compareKeys(next.value.key, after) <= 0)
      throw new TransshipError(
        'StorageUnavailable',
        `the listing of ${storage.describe} after ${after} begins with ${next.value.key}`,
      );
    while (!next.done) {
      const flaw = next.value.flaw ?? flawOfKey(storage, next.value.key);
      yield flaw === undefined ? next.value : { ...next.value, flaw };
      next = await meter.patiently(listing.next());
    }
  } finally {
    await listing.return?.();
  }
}
