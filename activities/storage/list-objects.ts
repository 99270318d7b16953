// The listing of everything in a storage, unfinished uploads too; what a migration copies of it is in copied.ts.

import type { Progress } from '../concurrency/heartbeat.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';

export async function* listed(
  storage: Storage,
  progress: Progress,
  prefix?: string,
): AsyncGenerator<StoredObject> {
  const objects = storage.list({ signal: progress.signal, ...(prefix !== undefined && { prefix }) });
  const listing = objects[Symbol.asyncIterator]();
  try {
    // A host sorts its whole listing before it sends the first key.
    let next = await progress.patiently(listing.next());
    while (!next.done) {
      yield next.value;
      next = await listing.next();
    }
  } finally {
    await listing.return?.();
  }
}
