// Digests of objects that lie in a storage, for comparing.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ObjectNotFoundError } from './errors.ts';
import type { Storage } from './storage.ts';

/** Lower-case hex. */
export async function sha256OfBody(body: Readable, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(body, hash, { signal });
  return hash.digest('hex');
}

/** Of the bytes as they are now, read by the worker; undefined: there is no such object. */
export async function sha256OfBytes(
  storage: Storage,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await sha256OfBody(await storage.read(key, { signal }), signal);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

/** What the storage tells, and where it does not, of the bytes. */
export async function sha256Of(
  storage: Storage,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stat = await storage.stat(key, { signal });
  return stat === undefined ? undefined : (stat.sha256 ?? (await sha256OfBytes(storage, key, signal)));
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
