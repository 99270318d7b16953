// Digests of objects that lie in a storage, for comparing.

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashStream } from './hash-thread.ts';
import type { LentBytes, Storage } from '../storage.ts';

/** Objects up to this size are read many at once to be hashed: a request each would cost more than their bytes. */
export const SMALL_BYTES = 64 * 1024;

/** Lower-case hex. */
export async function sha256OfBody(body: Readable, signal: AbortSignal): Promise<string> {
  return await pipeline(body, async (chunks: AsyncIterable<Buffer>) => await sha256OfChunks(chunks), {
    signal,
  });
}

/** Lower-case hex. The chunks may be lent. `moved` is called with each. */
export async function sha256OfChunks(chunks: LentBytes, moved?: () => void): Promise<string> {
  const hashing = hashStream(['sha256']);
  try {
    for await (const chunk of chunks) {
      await hashing.update(chunk);
      moved?.();
    }
    return (await hashing.digests()).sha256 as string;
  } finally {
    hashing.discard();
  }
}

/** Of many small objects, at the cost of one `readMany`. Objects that are gone are not in the answer. */
export async function sha256OfMany(
  storage: Storage,
  keys: string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { key, body } of storage.readMany(keys, { signal })) {
    found.set(key, await sha256OfBody(body, signal));
  }
  return found;
}
