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
