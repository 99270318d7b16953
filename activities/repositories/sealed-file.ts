// Files of a repository that are encrypted. A storage wants to know size and digest before it is given a file, so what gpg
// makes is gathered first: on the worker's disk, encrypted, in a file without a name that ends with the worker, however it ends.

import { createHash, randomUUID } from 'node:crypto';
import { open, type FileHandle, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Repository } from './open-repository.ts';

type Options = Pick<Meter, 'signal' | 'moved'>;

/** What was stored. Nothing is, if `clear` fails. Replaces what was there under that key. */
export async function writeSealed(
  { storage, encryption }: Repository,
  key: string,
  clear: Readable,
  { signal, moved }: Options,
): Promise<{ sha256: string; bytes: number }> {
  const file = await openWithoutName();
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of encryption.encrypt(clear, { signal }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await file.write(chunk).catch(noRoom);
      bytes += chunk.length;
      moved();
    }
    const sha256 = hash.digest('hex');
    const request = { size: bytes, sha256 };
    const options = { signal, moved: () => moved() };
    const read = (start: number, end = Number.POSITIVE_INFINITY): Readable =>
      file.createReadStream({ start, end, autoClose: false });
    if (bytes > storage.limits.parts && storage.writeInParts)
      await storage.writeInParts(key, async (at, length) => read(at, at + length - 1), request, options);
    else await storage.write(key, read(0), request, options);
    return { sha256, bytes };
  } finally {
    await file.close();
  }
}

/** In clear; see `Encryption.decrypt`. `ObjectNotFoundError` if there is no such file. */
export async function readSealed(
  { storage, encryption }: Repository,
  key: string,
  { signal }: Pick<Meter, 'signal'>,
): Promise<Readable> {
  return encryption.decrypt(await storage.read(key, { signal }), key, { signal });
}

async function openWithoutName(): Promise<FileHandle> {
  const path = join(tmpdir(), `transship-sealed-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600).catch(noRoom);
  await rm(path);
  return file;
}

function noRoom(error: unknown): never {
  throw new TransshipError(
    'StorageUnavailable',
    `${tmpdir()} of this worker cannot take an encrypted archive: ${(error as Error).message}`,
    {},
    { cause: error },
  );
}
