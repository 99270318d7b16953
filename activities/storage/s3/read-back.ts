// The proof for servers that neither check nor tell digests: the object is read again and hashed.

import { TransshipError } from '../../../domain/transship-error.ts';
import { hashStream } from '../bytes/hash-thread.ts';
import type { WriteOptions } from '../storage.ts';
import type { Place } from './place.ts';
import { readObject } from './read.ts';
import { removeObjects } from './remove.ts';

/** `IntegrityMismatch` unless the digest is right; an object with other bytes is removed, so that no later pass trusts it. */
export async function readBack(
  place: Place,
  key: string,
  sha256: string,
  { signal, moved }: WriteOptions,
): Promise<void> {
  const { body } = await readObject(place, key, signal ? { signal } : {});
  const hashing = hashStream(['sha256']);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    await hashing.update(chunk);
    moved?.();
  }
  const found = (await hashing.digests()).sha256;
  if (found === sha256) return;
  await removeObjects(place, [key], signal);
  throw new TransshipError(
    'IntegrityMismatch',
    `${place.describe}: ${key} has SHA-256 ${found} when read back instead of ${sha256}`,
    { key },
  );
}
