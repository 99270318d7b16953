// A directory that the worker sees: volume, bind mount or NFS mount. The directory itself must exist: one that is
// missing is a mount that is not there, and taking it for an empty storage would lose everything.

import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransshipError } from '../../domain/transship-error.ts';
import { ifThere, walkDirectory } from './directory-walk.ts';
import { ObjectNotFoundError } from './errors.ts';
import { measureBody, readableOf } from './measured-body.ts';
import type { Storage } from './storage.ts';

/** Where objects lie until they are complete: in the same file system, and in no listing. */
export const STAGING_FOLDER = '.transship-staging';
const READ_CHUNK_BYTES = 1024 * 1024;
const MAX_RENAME_TRIES = 5;

export function openFilesystemStorage(root: string): Storage {
  const describe = `directory ${root}`;

  const pathOf = (key: string): string => {
    if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new Error(`not a key of a directory: ${JSON.stringify(key)}`);
    }
    return join(root, key);
  };

  const requireRoot = async (): Promise<void> => {
    const found = await ifThere(stat(root));
    if (!found?.isDirectory()) {
      throw new TransshipError('StorageUnavailable', `${describe} does not exist`, { path: root });
    }
  };

  const staged = async (fill: (file: string) => Promise<void>, target: string): Promise<void> => {
    await requireRoot();
    await mkdir(join(root, STAGING_FOLDER), { recursive: true });
    const file = join(root, STAGING_FOLDER, randomUUID());
    try {
      await fill(file);
      await moveIntoPlace(file, target);
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  };

  const read: Storage['read'] = async (key, options = {}) => {
    const { offset = 0, length, signal } = options;
    signal?.throwIfAborted();
    if (length === 0) return Readable.from([]);
    const file = await openFile(pathOf(key));
    if (file === undefined) throw new ObjectNotFoundError(key, describe);
    return file.handle.createReadStream({
      start: offset,
      ...(length !== undefined && { end: offset + length - 1 }),
      highWaterMark: READ_CHUNK_BYTES,
      ...(signal && { signal }),
    });
  };

  return {
    kind: 'filesystem',
    describe,
    proof: {
      kind: 'stream',
      note: 'a directory cannot check digests: the worker hashes the bytes on their way and has them synced to disk',
    },

    async *list({ prefix = '', after = '', signal }) {
      await translated(describe, requireRoot());
      yield* walkDirectory(root, { prefix, after, leaveOut: STAGING_FOLDER, signal });
    },

    async stat(key) {
      const found = await ifThere(stat(pathOf(key)));
      return found?.isFile() ? { size: found.size } : undefined;
    },

    read,

    async *readMany(keys, options = {}) {
      for (const key of keys) {
        options.signal?.throwIfAborted();
        const file = await openFile(pathOf(key));
        if (file === undefined) continue;
        const body = file.handle.createReadStream({
          highWaterMark: READ_CHUNK_BYTES,
          ...(options.signal && { signal: options.signal }),
        });
        try {
          yield { key, size: file.size, body };
        } finally {
          body.destroy();
        }
      }
    },

    async write(key, body, request, options = {}) {
      const source = readableOf(body);
      const measured = measureBody(key, request, { hash: true });
      const target = pathOf(key);
      await translated(
        describe,
        staged(
          (file) =>
            pipeline(
              source,
              measured.stream,
              createWriteStream(file, { flags: 'wx', flush: true }),
              options.signal ? { signal: options.signal } : {},
            ),
          target,
        ),
        options.signal,
      );
      return { sha256: measured.sha256() as string, proof: 'stream' };
    },

    async copyWithin(from, to) {
      const copy = async (file: string): Promise<void> => {
        await copyFile(pathOf(from), file, constants.COPYFILE_FICLONE);
        await syncPath(file);
      };
      if ((await ifThere(stat(pathOf(from)))) === undefined) throw new ObjectNotFoundError(from, describe);
      await translated(describe, staged(copy, pathOf(to)));
    },

    async remove(keys, options = {}) {
      for (const key of keys) {
        options.signal?.throwIfAborted();
        await translated(describe, rm(pathOf(key), { force: true }));
        await removeEmptyFolders(root, dirname(pathOf(key)));
      }
    },

    close: () => Promise.resolve(),
  };
}

/** undefined: there is no regular file of that name. */
async function openFile(path: string): Promise<{ handle: FileHandle; size: number } | undefined> {
  const handle = await ifThere(open(path));
  const found = await handle?.stat();
  if (handle !== undefined && found?.isFile()) return { handle, size: found.size };
  await handle?.close();
  return undefined;
}

/** A folder on the way can be removed by someone else between its making and the move; then both are tried again. */
async function moveIntoPlace(file: string, target: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await mkdir(dirname(target), { recursive: true });
    try {
      await rename(file, target);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries >= MAX_RENAME_TRIES) throw error;
    }
  }
  await syncPath(dirname(target));
}

async function syncPath(path: string): Promise<void> {
  const handle = await ifThere(open(path));
  if (handle === undefined) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The registry takes the empty folder of a tag for a tag, so a folder goes with its last object. */
async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; relative(root, path) !== ''; path = dirname(path)) {
    const gone = await rmdir(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (!gone) return;
  }
}

/** Errors of the operating system as failures of this storage, and an abort as its reason. */
async function translated<T>(describe: string, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  return await work.catch((error: NodeJS.ErrnoException) => {
    if (signal?.aborted) throw signal.reason as Error;
    // Only the operating system's errors have both; the source of a body brings its own.
    if (error.syscall === undefined || error.code === undefined) throw error;
    const type = error.code === 'EACCES' || error.code === 'EPERM' ? 'AccessDenied' : 'StorageUnavailable';
    throw new TransshipError(type, `${describe}: ${error.message}`, { code: error.code }, { cause: error });
  });
}
