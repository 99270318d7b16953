// What runs in the thread of file-thread.ts. New files and folders get the owner and mode of the folder that they come
// into, because the registry must be able to read and replace them; where that is not permitted they stay the worker's.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { inFolderOf, linkOnTheWay, openFileSync } from './plain-path.ts';
import { THERE_ALREADY } from './file-thread.ts';
import type { FileTask, FileTaskResult, FileTasks, FileThreadData, SmallFile } from './file-thread.ts';

const SMALL_FILE_BYTES = 1024 * 1024;
const READ_BATCH_BYTES = 8 * 1024 * 1024;
/** Of an upload that goes on, something is written more often than this. */
const ABANDONED_AFTER_MS = 24 * 3600_000;
const MAX_KNOWN_FOLDERS = 20_000;
const MAX_RENAME_TRIES = 5;

type Attributes = { uid: number; gid: number; mode: number };

const { root, isReal, staging } = workerData as FileThreadData;
const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
const newFileMode = 0o666 & ~process.umask();
const newFolderMode = 0o777 & ~process.umask();
const known = new Map<string, Attributes>();

const tasks: FileTasks = {
  stage(files) {
    return inStaging((folder) =>
      files.map(({ file, bytes }) => {
        const handle = openSync(join(folder, file), 'wx');
        try {
          for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
        } finally {
          closeSync(handle);
        }
        return createHash('sha256').update(bytes).digest('hex');
      }),
    );
  },

  place({ placements, untilMs }) {
    const changed = new Set<string>();
    let done = 0;
    inStaging((folder) => {
      for (const { file, key } of placements) {
        if (Date.now() > untilMs) return;
        place(join(folder, file), join(root, key), key, changed);
        done += 1;
      }
    });
    return { done, changed: [...changed] };
  },

  create({ file, key }) {
    const changed = new Set<string>();
    const put = (from: string, to: string): void => {
      try {
        linkSync(from, to);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw Object.assign(new Error(`${key} is there`), { code: THERE_ALREADY });
      }
      rmSync(from);
    };
    inStaging((folder) => place(join(folder, file), join(root, key), key, changed, put));
    return [...changed];
  },

  read(keys) {
    const files: SmallFile[] = [];
    let bytes = 0;
    let done = 0;
    for (const key of keys) {
      if (bytes >= READ_BATCH_BYTES) break;
      const file = readSmall(key);
      bytes += file?.bytes?.length ?? 0;
      done += 1;
      if (file !== undefined) files.push(file);
    }
    return { files, done };
  },

  remove({ keys, untilMs }) {
    for (const [at, key] of keys.entries()) {
      if (Date.now() > untilMs) return at;
      const isThere = inFolderOf(root, key, (folder) => {
        ifThere(() => unlinkSync(join(folder, basename(key))));
        return true;
      });
      if (isThere) removeEmptyFolders(dirname(join(root, key)));
    }
    return keys.length;
  },

  sweep() {
    inStaging((folder) => {
      for (const name of readdirSync(folder)) {
        const found = ifThere(() => lstatSync(join(folder, name)));
        if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
          rmSync(join(folder, name), { force: true, recursive: true });
        }
      }
    });
  },
};

/** What is written, moved or removed there is so in no other folder, whatever takes its place. */
function inStaging<T>(use: (folder: string) => T): T {
  const done = inFolderOf(root, `${staging}/-`, (folder) => ({ result: use(folder) }));
  if (done === undefined) throw systemError('ENOENT', 'the staging folder went away');
  return done.result;
}

/** A folder on the way can be removed by someone else between its making and the move; then both are tried again. */
function place(
  file: string,
  target: string,
  key: string,
  changed: Set<string>,
  put: (from: string, to: string) => void = renameSync,
): void {
  const folder = dirname(target);
  for (let tries = 1; ; tries += 1) {
    try {
      const attributes = makeFolder(folder, changed);
      giveTo(file, attributes, attributes.mode & 0o666, newFileMode);
      const isPlaced = inFolderOf(root, key, (where) => {
        put(file, join(where, basename(key)));
        return true;
      });
      if (isPlaced === undefined) throw systemError('ENOENT', 'the folder went away');
      changed.add(folder);
      return;
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      known.clear();
      if (failure.code !== 'ENOENT' || tries >= MAX_RENAME_TRIES) throw Object.assign(failure, { key });
    }
  }
}

/** Its attributes are those of the nearest folder that was there. */
function makeFolder(folder: string, changed: Set<string>): Attributes {
  const found = known.get(folder);
  if (found !== undefined) return found;
  let attributes: Attributes | undefined;
  if (folder !== root) {
    const parent = makeFolder(dirname(folder), changed);
    try {
      mkdirSync(folder, parent.mode & 0o777);
      giveTo(folder, parent, parent.mode & 0o7777, parent.mode & 0o777 & newFolderMode);
      changed.add(dirname(folder));
      attributes = parent;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  if (attributes === undefined) {
    // The directory itself may be reached by a link, and nothing below it.
    const { uid, gid, mode } = folder === root ? statSync(folder) : requireFolder(folder);
    attributes = { uid, gid, mode: mode & 0o7777 };
  }
  if (known.size >= MAX_KNOWN_FOLDERS) known.clear();
  known.set(folder, attributes);
  return attributes;
}

function requireFolder(folder: string): Attributes {
  const found = lstatSync(folder);
  if (found.isSymbolicLink()) throw linkOnTheWay(relative(root, folder));
  if (!found.isDirectory()) throw systemError('ENOTDIR', 'not a directory');
  return found;
}

/** As the operating system would say it. */
const systemError = (code: string, says: string): Error =>
  Object.assign(new Error(`${code}: ${says}`), { code, syscall: 'open' });

function removeEmptyFolders(folder: string): void {
  for (let path = folder; relative(root, path) !== ''; path = dirname(path)) {
    try {
      rmdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
  }
}

function giveTo(path: string, { uid, gid }: Attributes, mode: number, has: number): void {
  if (uid !== own.uid || gid !== own.gid) ifPermitted(() => chownSync(path, uid, gid));
  if (mode !== has) ifPermitted(() => chmodSync(path, mode));
}

function readSmall(key: string): SmallFile | undefined {
  const file = openFileSync(root, key, isReal);
  if (file === undefined) return undefined;
  const { fd, size } = file;
  try {
    if (size > SMALL_FILE_BYTES) return { key, size };
    const bytes = new Uint8Array(size);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = readSync(fd, bytes, length, bytes.length - length, length);
    }
    return { key, size: length, bytes: bytes.subarray(0, length) };
  } finally {
    closeSync(fd);
  }
}

function ifThere<T>(look: () => T): T | undefined {
  return unless(look, ['ENOENT', 'ENOTDIR']);
}

function ifPermitted(work: () => void): void {
  unless(work, ['EPERM', 'EACCES', 'EINVAL', 'ENOTSUP']);
}

function unless<T>(work: () => T, codes: string[]): T | undefined {
  try {
    return work();
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

parentPort?.on('message', (task: FileTask) => {
  let answer: FileTaskResult;
  try {
    answer = { id: task.id, result: (tasks[task.do] as (input: unknown) => unknown)(task.with) };
  } catch (error) {
    answer = { id: task.id, error: { ...(error as object), message: (error as Error).message } };
  }
  parentPort?.postMessage(answer);
});
