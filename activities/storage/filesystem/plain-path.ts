// Opens what lies below a directory without ever being led out of it: whoever may write there can put a link in the place
// of a file or folder between two of our looks. What counts is where the open descriptor is, which no one can change any
// more, and not what the path was when it was looked at. For the worker's own thread, which must not wait for a disk, and
// for threads that may.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  open as openWithCallback,
  openSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Of an error whose message is for people: a storage's `UnsafeKey`. */
export const UNSAFE_NAME = 'UNSAFE_NAME';

/** Not following the last part, and not waiting for whoever would write to a pipe. */
const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;
/** What the kernel adds to the name of what was removed, or replaced, since it was opened. */
const REMOVED = ' (deleted)';
const GONE = ['ENOENT', 'ENOTDIR', 'ENXIO'];

/** A number and no handle, which would be closed when nobody refers to it. */
const openAsync: (path: string, flags: number) => Promise<number> = promisify(openWithCallback);

export type OpenFile = { handle: FileHandle; size: number };

/** undefined: there is no file of that key. `isReal`: the directory itself must not be reached by a link either. */
export async function openFile(root: string, key: string, isReal = false): Promise<OpenFile | undefined> {
  const path = join(root, key);
  let handle: FileHandle;
  try {
    handle = await open(path, FILE_FLAGS);
  } catch (error) {
    if (await lstat(path).then(isLink, () => false)) throw linkOnTheWay(key);
    return undefinedIfGone(error);
  }
  try {
    const [is, found] = await Promise.all([readlink(pathOf(handle.fd)), handle.stat()]);
    const isThere = isReal
      ? isAt(is, root, key)
      : isAt(is, known(root), key) || isAt(is, await lookedUp(root), key);
    if (!isThere) throw linkOnTheWay(key);
    if (found.isFile()) return { handle, size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** A descriptor of the folder, to be closed; what is done through `pathIn` of it is done there, whatever becomes of its path. */
export async function openFolder(root: string, key: string): Promise<number> {
  const path = join(root, key);
  const fd = await openAsync(path, FOLDER_FLAGS).catch(async (error: NodeJS.ErrnoException) => {
    if (await lstat(path).then(isLink, () => false)) throw linkOnTheWay(key);
    throw error;
  });
  if (isAt(await readlink(pathOf(fd)), await lookedUp(root), key)) return fd;
  closeSync(fd);
  throw linkOnTheWay(key);
}

/** Also for processes that this one starts. */
export const pathIn = (fd: number, name: string): string => `/proc/${process.pid}/fd/${fd}/${name}`;

/** Is the folder still where it was, and no other in its place? */
export const isStill = async (fd: number, root: string, key: string): Promise<boolean> =>
  (await readlink(pathOf(fd))) === join(await realpath(root), key);

/** As `openFile`, for a thread of its own. The descriptor is to be closed. */
export function openFileSync(
  root: string,
  key: string,
  isReal: boolean,
): { fd: number; size: number } | undefined {
  const fd = openSyncAt(root, key, FILE_FLAGS, isReal);
  if (fd === undefined) return undefined;
  const found = fstatSync(fd);
  if (found.isFile()) return { fd, size: found.size };
  closeSync(fd);
  return undefined;
}

/** Calls `use` with a path to the folder of the key that stays this folder. undefined: there is no such folder. */
export function inFolderOf<T>(root: string, key: string, use: (folder: string) => T): T | undefined {
  const fd = openSyncAt(root, dirname(key), FOLDER_FLAGS);
  if (fd === undefined) return undefined;
  try {
    return use(pathOf(fd));
  } finally {
    closeSync(fd);
  }
}

/** In this process. */
export const pathOf = (fd: number): string => `/proc/self/fd/${fd}`;

function openSyncAt(root: string, key: string, flags: number, isReal = false): number | undefined {
  // The directory itself may be a link: it is what `.` of it is.
  const path = key === '.' ? `${root}/.` : join(root, key);
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch (error) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && isLink(found)) throw linkOnTheWay(key);
    return undefinedIfGone(error);
  }
  const is = readlinkSync(pathOf(fd));
  if (isReal && isAt(is, root, key)) return fd;
  if (!isReal && (isAt(is, known(root), key) || isAt(is, noted(root, realpathSync.native(root)), key)))
    return fd;
  closeSync(fd);
  throw linkOnTheWay(key);
}

/**
 * Where the directory itself is, which may be reached by links. Looked up again when something is found elsewhere: the
 * links may be others by now.
 */
const realRoots = new Map<string, string>();
const known = (root: string): string | undefined => realRoots.get(root);
const noted = (root: string, real: string): string => {
  realRoots.set(root, real);
  return real;
};
const lookedUp = async (root: string): Promise<string> => noted(root, await realpath(root));

function isAt(is: string, realRoot: string | undefined, key: string): boolean {
  if (realRoot === undefined) return false;
  const path = join(realRoot, key);
  return is === path || is === path + REMOVED;
}

const isLink = (found: { isSymbolicLink(): boolean }): boolean => found.isSymbolicLink();

function undefinedIfGone(error: unknown): undefined {
  if (!GONE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

export const linkOnTheWay = (key: string): Error =>
  Object.assign(new Error(`a link lies on the way to ${key}`), { code: UNSAFE_NAME });
