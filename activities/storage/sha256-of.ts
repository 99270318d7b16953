// Digests of objects that lie in a storage, for comparing.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Storage } from './storage.ts';

/** Lower-case hex. */
export async function sha256OfBody(body: Readable, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(body, hash, { signal });
  return hash.digest('hex');
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
