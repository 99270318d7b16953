// A directory that the worker sees: volume, bind mount or NFS mount. The directory itself must exist: one that is
// missing is a mount that is not there, and taking it for an empty storage would lose everything. What is reported as
// written is on disk, its name too.

import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { realpath, rm, statfs, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withoutSlashes } from '../../../domain/storage/slashes.ts';
import { tooLongPart } from '../../../domain/storage/safe-key.ts';
import { withAcceptedLinks } from '../accepted-links.ts';
import { withSafeKeys } from '../safe-keys.ts';
import { writtenEach } from '../written-at.ts';
import { copyFileContent } from './copy-file.ts';
import { describeDirectory, lendFile, READ_CHUNK_BYTES, streamOf, syncPath } from './directory-files.ts';
import { walkDirectory } from './directory-walk.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import { translated } from './filesystem-errors.ts';
import { measureBody, readableOf } from '../bytes/measured-body.ts';
import { PARTS_ABOVE_BYTES } from '../bytes/staged-parts.ts';
import type { Storage, WriteOptions, WriteRequest } from '../storage.ts';
import { STAGING_FOLDER } from '../staging.ts';
import { StagedDirectory } from './staged-directory.ts';
import type { OpenFile } from './plain-path.ts';
import type { TransshipError } from '../../../domain/transship-error.ts';
import { THERE_ALREADY } from './file-thread.ts';
import { followLinks } from './follow-links.ts';
import { writeInParts } from './directory-parts.ts';
import { fileSystemSync } from './sync-file-system.ts';

/** Smaller objects are copied faster hundreds at a time, by `readMany` and `writeMany`. */
const COPY_FROM_BYTES = 1024 * 1024;

/** Keys in one message to the thread that removes them. */
const REMOVED_AT_ONCE = 100;

const directories = new WeakMap<Storage, StagedDirectory>();

/** `links`: those that are followed, as real paths by their keys. */
export function openFilesystemStorage(root: string, links?: Readonly<Record<string, string>>): Storage {
  return withAcceptedLinks(openDirectory(root, false), links, {
    follow: (keys) => translated(describeDirectory(root), followLinks(root, keys)),
    openAt: (folder) => openDirectory(folder, true),
  });
}

/** `isReal`: no link leads to the directory itself either. */
function openDirectory(root: string, isReal: boolean): Storage {
  const directory = new StagedDirectory(root, isReal);
  const { describe, thread } = directory;
  const syncAll = fileSystemSync(root);
  const open = (key: string): Promise<OpenFile | undefined> => translated(describe, directory.open(key));

  /** The bytes go from file to file in the kernel; the copy is then read and hashed where it lies. */
  const copyStaged = async (
    from: OpenFile,
    key: string,
    request: WriteRequest,
    { signal = new AbortController().signal, moved, lease }: WriteOptions,
  ): Promise<string> =>
    await directory.staged(
      key,
      async (file) => {
        await copyFileContent(from, file, { signal, ...(moved && { moved }) });
        const [sha256] = await Promise.all([
          directory.proved(basename(file), key, request, { signal, ...(moved && { moved }) }),
          syncPath(file),
        ]);
        return sha256;
      },
      lease && { lease },
    );

  const storage: Storage = {
    kind: 'filesystem',
    describe,
    proof: {
      kind: 'stream',
      note: 'a directory cannot check digests: the worker hashes the bytes on their way and has them synced to disk',
    },
    limits: { object: Number.MAX_SAFE_INTEGER, parts: PARTS_ABOVE_BYTES },
    unfit: tooLongPart,

    async place() {
      await translated(describe, directory.requireRoot());
      return { where: 'this worker', folder: withoutSlashes(await translated(describe, realpath(root))) };
    },

    async freeRoom() {
      await translated(describe, directory.requireRoot());
      const { bavail, bsize, files, ffree } = await translated(describe, statfs(root));
      return { bytes: bavail * bsize, inodes: files === 0 ? null : ffree };
    },

    async *list({ prefix = '', after = '', signal }) {
      await translated(describe, directory.requireRoot());
      const walk = walkDirectory({ root, prefix, after, leaveOut: STAGING_FOLDER }, signal)[
        Symbol.asyncIterator
      ]();
      try {
        for (;;) {
          const next = await translated(describe, walk.next(), signal);
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        await walk.return();
      }
    },

    async stat(key) {
      return await translated(describe, directory.stat(key));
    },

    async writtenAt(keys, { signal } = {}) {
      return await writtenEach(describe, keys, async (key) => {
        signal?.throwIfAborted();
        const file = await open(key);
        if (file === undefined) return undefined;
        try {
          // Whoever writes a file can set its modification time back, and this one not.
          return { at: (await file.handle.stat()).ctimeMs };
        } finally {
          await file.handle.close();
        }
      });
    },

    async read(key, options = {}) {
      const { offset = 0, length, signal } = options;
      signal?.throwIfAborted();
      if (length === 0) return Readable.from([]);
      const file = await open(key);
      if (file === undefined) throw new ObjectNotFoundError(key, describe);
      return await streamOf(file, offset, length, signal);
    },

    readLent: (key, options = {}) =>
      lendFile(
        () => open(key),
        () => new ObjectNotFoundError(key, describe),
        options.signal,
      ),

    async *readMany(keys, options = {}) {
      for (let at = 0; at < keys.length;) {
        options.signal?.throwIfAborted();
        const { files, done } = await translated(describe, thread.read(keys.slice(at)));
        if (files.length < done) await directory.requireRoot();
        at += done;
        for (const { key, size, bytes } of files) {
          options.signal?.throwIfAborted();
          if (bytes !== undefined) {
            yield { key, size, body: readableOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) };
            continue;
          }
          const file = await open(key);
          if (file === undefined) continue;
          const body = await streamOf(file, 0, undefined, options.signal);
          try {
            yield { key, size: file.size, body };
          } finally {
            body.destroy();
          }
        }
      }
    },

    async write(key, body, request, options = {}) {
      const source = readableOf(body);
      const measured = measureBody(key, request, { hash: ['sha256'] });
      const fill = (file: string): Promise<void> =>
        pipeline(
          source,
          measured.stream,
          createWriteStream(file, { flags: 'wx', flush: true, highWaterMark: READ_CHUNK_BYTES }),
          options.signal ? { signal: options.signal } : {},
        );
      await translated(describe, directory.staged(key, fill, options), options.signal, key);
      return { sha256: measured.digests().sha256 as string, proof: 'stream' };
    },

    async writeMany(items, options = {}) {
      const files = items.map(({ key, body, size }) => {
        if (body.length === size) return { file: randomUUID(), key, bytes: body };
        throw new DamagedObjectError(key, `has ${body.length} bytes instead of the ${size} announced`);
      });
      let isPrepared = false;
      const write = async (): Promise<string[]> => {
        await directory.prepareStaging();
        isPrepared = true;
        const digests = await thread.stage(files.map(({ file, bytes }) => ({ file, bytes })));
        for (const [at, { key, sha256 }] of items.entries()) {
          if (sha256 === undefined || digests[at] === sha256) continue;
          throw new DamagedObjectError(key, `has SHA-256 ${digests[at]} instead of ${sha256}`);
        }
        options.signal?.throwIfAborted();
        await syncAll();
        options.moved?.();
        await directory.move(
          files.map(({ file, key }) => ({ file, key })),
          options.lease,
        );
        await syncAll();
        return digests;
      };
      const digests = await translated(
        describe,
        write().catch(async (error: unknown) => {
          if (isPrepared)
            for (const { file } of files) await rm(directory.stagingPath(file), { force: true });
          throw error;
        }),
        options.signal,
      );
      return digests.map((sha256) => ({ sha256, proof: 'stream' }));
    },

    async writeInParts(key, read, request, options = {}) {
      const written = writeInParts(directory, key, read, request, options);
      return { sha256: await translated(describe, written, options.signal, key), proof: 'stream' };
    },

    async create(key, body, options = {}) {
      const create = directory.staged(
        key,
        async (file) => {
          await writeFile(file, body, { flag: 'wx', flush: true });
        },
        { place: (placement) => thread.create(placement) },
      );
      try {
        await translated(describe, create, options.signal, key);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === THERE_ALREADY) return false;
        // Of a file system without hard links.
        const { code } = (error as TransshipError).details ?? {};
        if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(String(code))) return undefined;
        throw error;
      }
    },

    async copyFrom(source, key, request, options = {}) {
      const from = directories.get(source);
      if (from === undefined || request.size < COPY_FROM_BYTES) return undefined;
      const file = await translated(source.describe, from.open(key));
      if (file === undefined) throw new ObjectNotFoundError(key, source.describe);
      try {
        const copied = copyStaged(file, key, request, options);
        return { sha256: await translated(describe, copied, options.signal, key), proof: 'stream' };
      } finally {
        await file.handle.close();
      }
    },

    async copyWithin(from, to, options = {}) {
      const source = await open(from);
      if (source === undefined) throw new ObjectNotFoundError(from, describe);
      const copy = directory.staged(to, async (file) => {
        await copyFileContent(source, file, options);
        await syncPath(file);
      });
      try {
        await translated(describe, copy, options.signal, to);
      } finally {
        await source.handle.close();
      }
    },

    async remove(keys, options = {}) {
      for (let at = 0; at < keys.length;) {
        options.signal?.throwIfAborted();
        const untilMs = options.lease === undefined ? Infinity : await options.lease();
        const some = keys.slice(at, at + REMOVED_AT_ONCE);
        at += await translated(describe, thread.remove({ keys: some, untilMs }));
      }
    },

    close() {
      directory.close();
      return Promise.resolve();
    },
  };
  directories.set(storage, directory);
  return withSafeKeys(storage);
}
