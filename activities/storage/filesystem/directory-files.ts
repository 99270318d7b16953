// Single files and folders of a directory storage.

import type { ReadStream } from 'node:fs';
import { open, rmdir, type FileHandle } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { ifThere } from './directory-walk.ts';

export const READ_CHUNK_BYTES = 1024 * 1024;

type OpenFile = { handle: FileHandle; size: number };

/** undefined: there is no regular file of that name. */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  const handle = await ifThere(open(path));
  const found = await handle?.stat();
  if (handle !== undefined && found?.isFile()) return { handle, size: found.size };
  await handle?.close();
  return undefined;
}

/** Closes the file at its end. `length` undefined: to the end. */
export function streamOf(
  { handle }: OpenFile,
  offset: number,
  length: number | undefined,
  signal: AbortSignal | undefined,
): ReadStream {
  return handle.createReadStream({
    start: offset,
    ...(length !== undefined && { end: offset + length - 1 }),
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
    const chunks = Array.from({ length: LENT_CHUNKS }, () => Buffer.allocUnsafeSlow(chunkBytes));
    for (let turn = 0; ; turn += 1) {
      const chunk = chunks[turn % LENT_CHUNKS] as Buffer;
      let length = 0;
      for (let got = -1; got !== 0 && length < chunkBytes; length += got) {
        signal?.throwIfAborted();
        got = (await file.handle.read(chunk, length, chunkBytes - length)).bytesRead;
      }
      if (length === 0) return;
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

/** The registry takes the empty folder of a tag for a tag, so a folder goes with its last object. */
export async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; relative(root, path) !== ''; path = dirname(path)) {
    const gone = await rmdir(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (!gone) return;
  }
}
