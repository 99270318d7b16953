// The listing of what a migration copies.

import { isCopied } from '../../domain/storage/content-address.ts';
import type { Progress } from '../concurrency/heartbeat.ts';
import { compareKeys } from './byte-order.ts';
import type { Storage, StoredObject } from './storage.ts';

/** `after`: only what comes behind this key. */
export async function* copied(
  storage: Storage,
  progress: Progress,
  after = '',
): AsyncGenerator<StoredObject> {
  const listed = storage.list({ signal: progress.signal, ...(after !== '' && { after }) });
  const listing = listed[Symbol.asyncIterator]();
  try {
    // A host sorts its whole listing before it sends the first key.
    let next = await progress.patiently(listing.next());
    if (!next.done && after !== '' && compareKeys(next.value.key, after) <= 0)
      throw new Error(`the listing of ${storage.describe} after ${after} begins with ${next.value.key}`);
    while (!next.done) {
      progress.moved();
      if (isCopied(next.value.key)) yield next.value;
      next = await listing.next();
    }
  } finally {
    await listing.return?.();
  }
}
