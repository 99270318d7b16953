// The listing of everything in a storage, unfinished uploads too; what a migration copies of it is in objects-to-copy.ts.

import type { Progress } from '../concurrency/heartbeat.ts';
import { compareKeys } from './byte-order.ts';
import type { Storage, StoredObject } from './storage.ts';

/** `after`: only what comes behind this key. */
export async function* listed(
  storage: Storage,
  progress: Progress,
  { prefix, after = '' }: { prefix?: string; after?: string } = {},
): AsyncGenerator<StoredObject> {
  const objects = storage.list({
    signal: progress.signal,
    ...(prefix !== undefined && { prefix }),
    ...(after !== '' && { after }),
  });
  const listing = objects[Symbol.asyncIterator]();
  try {
    // A host sorts its whole listing before it sends the first key.
    let next = await progress.patiently(listing.next());
    if (!next.done && after !== '' && compareKeys(next.value.key, after) <= 0)
      throw new Error(`the listing of ${storage.describe} after ${after} begins with ${next.value.key}`);
    while (!next.done) {
      yield next.value;
      next = await listing.next();
    }
  } finally {
    await listing.return?.();
  }
}
