// What a directory storage promises beyond the conformance suite: owners, modes and holes are kept, what killed workers
// left is swept, and keys that a directory cannot hold are named.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../../test/support/digests.ts';
import { refusalOf } from '../../../test/support/refusal-of.ts';
import { STAGING_FOLDER } from '../staging.ts';
import type { Storage } from '../storage.ts';
import { openFilesystemStorage } from './filesystem.ts';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 3600_000;
const BLOCK_BYTES = 512;
/** Who runs a registry that is not root's. */
const OTHER = { uid: 4711, gid: 4712 };

let folder: string;
let root: string;
let storage: Storage;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transship-directory-'));
  root = join(folder, 'root');
  await mkdir(root);
  storage = openFilesystemStorage(root);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await storage.close();
  await rm(folder, { recursive: true });
});

const body = Buffer.from('content');
const item = (key: string) => ({ key, body, size: body.length });

test('new folders and files get the owner and mode of the nearest folder that was there', async () => {
  await mkdir(join(root, 'docker'));
  await chmod(join(root, 'docker'), 0o750);
  // Only root may give files away; anybody else's stay their own.
  const owner = userInfo().uid === 0 ? OTHER : { uid: userInfo().uid, gid: userInfo().gid };
  await chown(join(root, 'docker'), owner.uid, owner.gid);
  await storage.write('docker/one/data', body, { size: body.length });
  await storage.writeMany?.([item('docker/two/deep/data')]);
  for (const [path, mode] of [
    ['one', 0o750],
    ['one/data', 0o640],
    ['two/deep', 0o750],
    ['two/deep/data', 0o640],
  ] as const) {
    const found = await stat(join(root, 'docker', path));
    expect({ path, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid }).toEqual({
      path,
      mode,
      ...owner,
    });
  }
});

test('our own folder is no more open than the directory', async () => {
  await chmod(root, 0o700);
  await storage.write('key', body, { size: body.length });
  expect((await stat(join(root, STAGING_FOLDER))).mode & 0o777).toBe(0o700);
});

test('holes stay holes in copies on the machine', async () => {
  const other = openFilesystemStorage(root);
  const bytes = 64 * MIB;
  const sparse = await open(join(root, 'sparse'), 'w');
  await sparse.write(randomBytes(MIB), 0, MIB, 32 * MIB);
  await sparse.truncate(bytes);
  await sparse.close();
  await storage.copyWithin('sparse', 'within');
  const target = join(folder, 'target');
  await mkdir(target);
  const copy = openFilesystemStorage(target);
  await copy.copyFrom?.(other, 'sparse', { size: bytes });
  for (const path of [join(root, 'within'), join(target, 'sparse')]) {
    const found = await stat(path);
    expect(found.size).toBe(bytes);
    expect(found.blocks * BLOCK_BYTES).toBeLessThan(4 * MIB);
  }
  await copy.close();
});

test('a copy from another directory is proved by its digest', async () => {
  const from = join(folder, 'from');
  await mkdir(from);
  const bytes = randomBytes(3 * MIB);
  await writeFile(join(from, 'large'), bytes);
  const source = openFilesystemStorage(from);
  const digest = sha256(bytes);
  expect(await storage.copyFrom?.(source, 'large', { size: bytes.length, sha256: digest })).toEqual({
    sha256: digest,
    proof: 'stream',
  });
  await expect(
    storage.copyFrom?.(source, 'large', { size: bytes.length, sha256: '0'.repeat(64) }),
  ).rejects.toMatchObject({ type: 'IntegrityMismatch' });
  expect(await readdir(join(root, STAGING_FOLDER))).toEqual([]);
});

test('a long copy tells that it grows, and ends when it is cancelled', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  // A copy that never comes to its end.
  const endless = '#!/bin/sh\nfor to do :; done\necho $$ > "$0.pid"\necho begun > "$to"\nexec sleep 600\n';
  await writeFile(join(bin, 'cp'), endless, { mode: 0o755 });
  const from = join(folder, 'from');
  await mkdir(from);
  const size = 65 * MIB;
  await writeFile(join(from, 'long'), Buffer.alloc(size, 1));
  const source = openFilesystemStorage(from);
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
  const reason = new Error('cancelled by the test');
  const controller = new AbortController();
  const moved = (): void => controller.abort(reason);
  await expect(
    storage.copyFrom?.(source, 'long', { size }, { signal: controller.signal, moved }),
  ).rejects.toBe(reason);
  const pid = Number(await readFile(join(bin, 'cp.pid'), 'utf8'));
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000 });
  expect(await readdir(root)).toEqual([STAGING_FOLDER]);
  expect(await readdir(join(root, STAGING_FOLDER))).toEqual([]);
});

test('a copy of a file that grows without end is given up', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const growing = '#!/bin/sh\nfor to do :; done\ntruncate -s 100M "$to"\nexec sleep 600\n';
  await writeFile(join(bin, 'cp'), growing, { mode: 0o755 });
  const from = join(folder, 'from');
  await mkdir(from);
  const size = 65 * MIB;
  await writeFile(join(from, 'log'), Buffer.alloc(size, 1));
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
  const source = openFilesystemStorage(from);
  await expect(storage.copyFrom?.(source, 'log', { size })).rejects.toMatchObject({
    type: 'StorageUnavailable',
  });
  expect(await readdir(join(root, STAGING_FOLDER))).toEqual([]);
});

test('what a killed worker left a day ago is removed, and nothing that may be in use', async () => {
  const staging = join(root, STAGING_FOLDER);
  await mkdir(staging);
  await writeFile(join(staging, 'abandoned'), '');
  const then = new Date(Date.now() - DAY_MS - 60_000);
  await utimes(join(staging, 'abandoned'), then, then);
  await writeFile(join(staging, 'in-use'), '');
  await storage.write('key', body, { size: body.length });
  expect(await readdir(staging)).toEqual(['in-use']);
});

test.each([
  { what: 'whose part is longer than a name', key: `a/${'x'.repeat(256)}/data` },
  { what: 'that is a folder too', key: 'there/is' },
  { what: 'below an object', key: 'there/is/one/below' },
])('a key $what is refused by name', async ({ key }) => {
  await storage.write('there/is/one', body, { size: body.length });
  const refusal = { type: 'InvalidInput', message: expect.stringContaining(key) as string };
  await expect(storage.write(key, body, { size: body.length })).rejects.toMatchObject(refusal);
  await expect(storage.writeMany?.([item(key)])).rejects.toMatchObject(refusal);
  expect(await readdir(join(root, STAGING_FOLDER))).toEqual([]);
});

test('a directory that is not there is never made', async () => {
  await storage.write('key', body, { size: body.length });
  await rm(root, { recursive: true });
  const missing = { type: 'StorageMismatch' };
  await expect(storage.write('key', body, { size: body.length })).rejects.toMatchObject(missing);
  await expect(storage.writeMany?.([item('key')])).rejects.toMatchObject(missing);
  await expect(storage.list({})[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
  await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  await mkdir(root);
});

test('a name that is no UTF-8 fails the listing instead of being left out', async () => {
  await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), '');
  await expect(storage.list({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    type: 'UnsafeKey',
    message: expect.stringContaining('no UTF-8') as string,
  });
});

describe('whatever is no file', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(join(folder, 'elsewhere', 'data'), 'not of this storage');
    await storage.write('a/real/data', body, { size: body.length });
  });

  test('is listed with what it is, also by prefix, and not followed', async () => {
    await symlink(join(folder, 'elsewhere'), join(root, 'a', 'folder'));
    await symlink(join(folder, 'elsewhere', 'data'), join(root, 'a', 'link'));
    await symlink('nowhere', join(root, 'a', 'dangling'));
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, 'a', 'pipe')]);
    const found = await Array.fromAsync(storage.list({}));
    expect(found).toEqual([
      { key: 'a/dangling', size: 0, flaw: 'is a symbolic link' },
      { key: 'a/folder', size: 0, flaw: 'is a symbolic link' },
      { key: 'a/link', size: 0, flaw: 'is a symbolic link' },
      { key: 'a/pipe', size: 0, flaw: 'is a pipe' },
      { key: 'a/real/data', size: body.length },
    ]);
    expect(await Array.fromAsync(storage.list({ prefix: 'a/folder/' }))).toEqual([]);
  });

  test.each([
    ['file', 'a/real/data'],
    ['folder', 'a/real'],
  ])('and took the place of a %s after it was listed leads nowhere', async (_what, path) => {
    const key = 'a/real/data';
    const copy = openFilesystemStorage(join(folder, 'copy'));
    await mkdir(join(folder, 'copy'));
    await rm(join(root, path), { recursive: true });
    await symlink(join(folder, 'elsewhere', path === key ? 'data' : '.'), join(root, path));
    const ways: Record<string, () => Promise<unknown>> = {
      stat: () => storage.stat(key),
      read: () => storage.read(key),
      readLent: async () => await storage.readLent!(key)[Symbol.asyncIterator]().next(),
      readMany: async () => await storage.readMany([key])[Symbol.asyncIterator]().next(),
      copyWithin: () => storage.copyWithin(key, 'b'),
      copyFrom: () => copy.copyFrom!(storage, key, { size: 5 * MIB }),
    };
    for (const [way, work] of Object.entries(ways))
      expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
    await copy.close();
  });

  test('in the place of a folder takes no object and loses none', async () => {
    await symlink(join(folder, 'elsewhere'), join(root, 'b'));
    const refusal = { type: 'UnsafeKey' };
    await expect(storage.write('b/data', body, { size: body.length })).rejects.toMatchObject(refusal);
    await expect(storage.write('b/new/data', body, { size: body.length })).rejects.toMatchObject(refusal);
    await expect(storage.writeMany!([item('b/other')])).rejects.toMatchObject(refusal);
    await expect(storage.copyWithin('a/real/data', 'b/copy')).rejects.toMatchObject(refusal);
    await expect(storage.remove(['b/data'])).rejects.toMatchObject(refusal);
    expect(await readdir(join(folder, 'elsewhere'))).toEqual(['data']);
    expect(await readFile(join(folder, 'elsewhere', 'data'), 'utf8')).toBe('not of this storage');
  });

  test('in the place of our own folder has us write nothing, and sweep nothing, where it leads', async () => {
    await rm(join(root, STAGING_FOLDER), { recursive: true });
    const old = new Date(Date.now() - 2 * DAY_MS);
    await utimes(join(folder, 'elsewhere', 'data'), old, old);
    await symlink(join(folder, 'elsewhere'), join(root, STAGING_FOLDER));
    for (const opened of [storage, openFilesystemStorage(root)]) {
      const ways: Record<string, () => Promise<unknown>> = {
        write: () => opened.write('b', body, { size: body.length }),
        writeMany: () => opened.writeMany!([item('b')]),
        create: () => opened.create('b', body),
        copyWithin: () => opened.copyWithin('a/real/data', 'b'),
      };
      for (const [way, work] of Object.entries(ways))
        expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
      await opened.close();
    }
    expect(await readdir(join(folder, 'elsewhere'))).toEqual(['data']);
  });

  test('and a directory that is reached by a link is that directory', async () => {
    await symlink(root, join(folder, 'by-link'));
    const linked = openFilesystemStorage(join(folder, 'by-link'));
    await linked.write('a/other', body, { size: body.length });
    expect((await Array.fromAsync(linked.list({}))).map(({ key }) => key)).toEqual([
      'a/other',
      'a/real/data',
    ]);
    expect(await linked.stat('a/real/data')).toEqual({ size: body.length });
    await linked.remove(['a/other', 'a/real/data']);
    expect(await readdir(root)).toEqual([STAGING_FOLDER]);
    await linked.close();
  });
});

test('a directory that went away has lost no object', async () => {
  await storage.write('key', body, { size: body.length });
  await rm(root, { recursive: true });
  const missing = { type: 'StorageMismatch' };
  await expect(storage.stat('key')).rejects.toMatchObject(missing);
  await expect(storage.read('key')).rejects.toMatchObject(missing);
  await expect(Array.fromAsync(storage.readMany(['key']))).rejects.toMatchObject(missing);
  await mkdir(root);
});

test('a file is read to the end that it had when it was opened, however fast it grows', async () => {
  const path = join(root, 'log');
  await writeFile(path, Buffer.alloc(3 * MIB));
  const grow = async (chunks: AsyncIterable<Buffer>): Promise<number> => {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      await appendFile(path, Buffer.alloc(2 * MIB));
    }
    return bytes;
  };
  expect(await grow(await storage.read('log'))).toBe(3 * MIB);
  const size = (await stat(path)).size;
  expect(await grow(storage.readLent!('log'))).toBe(size);
});

test('a file whose modification time was set back has the time at which that was done', async () => {
  const before = Date.now();
  await storage.write('key', body, { size: body.length });
  await utimes(join(root, 'key'), new Date(0), new Date(0));
  expect((await storage.writtenAt(['key'])).get('key')).toBeGreaterThan(before - DAY_MS);
});
