// The listing of what a migration copies.

import { isCopied } from '../../domain/content-address.ts';
import type { Progress } from '../heartbeat.ts';
import type { Storage, StoredObject } from './storage.ts';

export async function* copied(storage: Storage, progress: Progress): AsyncGenerator<StoredObject> {
  const listing = storage.list({ signal: progress.signal })[Symbol.asyncIterator]();
  try {
    // A host sorts its whole listing before it sends the first key.
    let next = await progress.patiently(listing.next());
    while (!next.done) {
      progress.moved();
      if (isCopied(next.value.key)) yield next.value;
      next = await listing.next();
    }
  } finally {
    await listing.return?.();
  }
}
