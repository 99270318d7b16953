// A host does nothing with what it is sent before it has all of it: so the end is sent under the lease.

import type { WriteOptions } from '../storage.ts';

/** The bytes, of which the last ones, at least so many, wait for the lease. */
export async function* endingUnderLease(
  bytes: AsyncIterable<Buffer>,
  least: number,
  lease: NonNullable<WriteOptions['lease']>,
): AsyncGenerator<Buffer, void, undefined> {
  let held = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const sent = Math.max(0, all.length - least);
    // A chunk is lent for a while only
    held = Buffer.from(all.subarray(sent));
    if (sent > 0) yield all.subarray(0, sent);
  }
  await lease();
  yield held;
}
