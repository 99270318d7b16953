// The evidence for servers that neither check nor tell digests: the object is read again and hashed.

import { TransshipError } from '../../../domain/transship-error.ts';
import { hashStream } from '../bytes/hash-thread.ts';
import { ObjectNotFoundError } from '../errors.ts';
import type { WriteOptions } from '../storage.ts';
import type { S3Context } from './context.ts';
import { readObject } from './read.ts';
import { provedOrRemoved } from './remove.ts';

/** `IntegrityMismatch` unless the digest is right. An object that is not proved is removed. */
export async function readBack(
  context: S3Context,
  key: string,
  sha256: string,
  options: WriteOptions,
): Promise<void> {
  await provedOrRemoved(context, key, async () => {
    const found = await digestOf(context, key, options);
    if (found === sha256) return;
    throw new TransshipError(
      'IntegrityMismatch',
      `${context.describe}: ${key} has SHA-256 ${found} when read back instead of ${sha256}`,
      { key },
    );
  });
}

async function digestOf(
  context: S3Context,
  key: string,
  { signal, moved }: WriteOptions,
): Promise<string | undefined> {
  const { body } = await readObject(context, key, signal ? { signal } : {}).catch(
    neverVanished(context, key),
  );
  const hashing = hashStream(['sha256']);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await hashing.update(chunk);
      moved?.();
    }
    return (await hashing.digests()).sha256;
  } catch (error) {
    hashing.discard();
    throw error;
  }
}

/** `ObjectNotFoundError` would say that the object is gone at its source. */
const neverVanished =
  (context: S3Context, key: string) =>
  (error: unknown): never => {
    throw error instanceof ObjectNotFoundError ? notShown(context, key) : error;
  };

export const notShown = (context: S3Context, key: string): TransshipError =>
  new TransshipError(
    'StorageUnavailable',
    `${context.describe}: ${key}: the server does not show what was just written`,
    { key },
  );
