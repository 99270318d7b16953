// Looks whether the directory of a storage is there, reads its files, and brings them to disk. A file is read up to the end that it had when it was opened:
// one that grows as fast as it is read would never end.

import { type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import { ifThere } from './directory-walk.ts';
import type { OpenFile } from './plain-path.ts';

export const READ_CHUNK_BYTES = 1024 * 1024;

/** For people. */
export const describeDirectory = (root: string): string => `directory ${root}`;

/** A directory that is missing is a mount that is not there. */
export async function requireDirectory(root: string): Promise<void> {
  const found = await ifThere(stat(root));
  if (!found?.isDirectory())
    throw new TransshipError('StorageMismatch', `${describeDirectory(root)} does not exist`, { path: root });
}

/** Closes the file at its end. `length` undefined: to the end. */
export async function streamOf(
  { handle, size }: OpenFile,
  offset: number,
  length: number | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadStream | Readable> {
  const end = Math.min(size, offset + (length ?? size)) - 1;
  if (end < offset) {
    await handle.close();
    return Readable.from([]);
  }
  return handle.createReadStream({
    start: offset,
    end,
    highWaterMark: READ_CHUNK_BYTES,
    ...(signal && { signal }),
  });
}

/** So many chunks are in use at once: one is read while the one before and the last may still be on their way. */
const LENT_CHUNKS = 3;

/** The whole file, closed at its end. Each chunk but the last is full. undefined from `open`: there is no such file. */
export async function* lendFile(
  open: () => Promise<OpenFile | undefined>,
  missing: () => Error,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const file = await open();
  if (file === undefined) throw missing();
  try {
    const chunkBytes = Math.min(READ_CHUNK_BYTES, file.size);
    let left = file.size;
    const chunks = Array.from({ length: LENT_CHUNKS }, () => Buffer.allocUnsafeSlow(chunkBytes));
    for (let turn = 0; ; turn += 1) {
      const chunk = chunks[turn % LENT_CHUNKS] as Buffer;
      let length = 0;
      const wanted = Math.min(chunkBytes, left);
      for (let got = -1; got !== 0 && length < wanted; length += got) {
        signal?.throwIfAborted();
        got = (await file.handle.read(chunk, length, wanted - length)).bytesRead;
      }
      if (length === 0) return;
      left -= length;
      yield chunk.subarray(0, length);
    }
  } finally {
    await file.handle.close();
  }
}

/** Brings a file, or the names in a folder, to disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await ifThere(open(path));
  if (handle === undefined) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
