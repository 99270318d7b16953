// What a directory on a host promises beyond the conformance suite, over a real sshd.

import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lastLines } from '../../activities/hosts/last-lines.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { STAGING_FOLDER } from '../../activities/storage/staging.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import { openOnHost } from '../../activities/storage/host/open-on-host.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';
import { sha256 } from '../support/digests.ts';
import { refusalOf } from '../support/refusal-of.ts';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 512;
const DAY_MS = 24 * 3600_000;
const OTHER = { uid: 4711, gid: 4712 };

let servers: TestServers<{ hosts: SshHost[] }>;
let node: SshHost;
let host: RemoteHost;
let root: string;
let storage: Storage;

beforeAll(async () => {
  servers = await startTestHosts('node-1');
  node = servers.hosts[0] as SshHost;
  host = openTestHost(node);
});
afterAll(async () => {
  await host.close();
  await servers.stop();
});
beforeEach(async () => {
  root = join(node.volumesDir, 'content');
  await rm(root, { recursive: true, force: true });
  await mkdir(root);
  storage = openHostStorage(host, root);
});

const body = Buffer.from('content');
const large = (): Promise<Readable> => Promise.resolve(Readable.from([body]));

test('new folders and files get the owner and mode of the directory', async () => {
  await chmod(root, 0o750);
  // Only root may give files away; anybody else's stay their own.
  const owner = userInfo().uid === 0 ? OTHER : { uid: userInfo().uid, gid: userInfo().gid };
  await chown(root, owner.uid, owner.gid);
  await storage.write('docker/one/data', body, { size: body.length });
  await storage.writeMany?.([{ key: 'docker/two/data', body, size: body.length }]);
  for (const [path, mode] of [
    ['docker/one', 0o750],
    ['docker/one/data', 0o640],
    ['docker/two', 0o750],
    ['docker/two/data', 0o640],
  ] as const) {
    const found = await stat(join(root, path));
    expect({ path, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid }).toEqual({
      path,
      mode,
      ...owner,
    });
  }
});

test('copies that are asked for at once are made by few commands, holes kept', async () => {
  const from = join(node.volumesDir, 'from');
  await rm(from, { recursive: true, force: true });
  await mkdir(from);
  for (let at = 0; at < 50; at += 1) await writeFile(join(from, `object-${at}`), `content ${at}`);
  const sparse = await open(join(from, 'sparse'), 'w');
  await sparse.write(randomBytes(MIB), 0, MIB, 8 * MIB);
  await sparse.truncate(16 * MIB);
  await sparse.close();
  let commands = 0;
  const counting: RemoteHost = {
    ...host,
    stream: (argv, options) => {
      commands += 1;
      return host.stream(argv, options);
    },
  };
  const destination = openHostStorage(counting, root);
  const source = openHostStorage(host, from);
  const copies = Array.from({ length: 50 }, (_, at) =>
    destination.copyFrom?.(source, `object-${at}`, { size: `content ${at}`.length }),
  );
  await Promise.all([...copies, destination.copyFrom?.(source, 'sparse', { size: 16 * MIB })]);
  expect(commands).toBeLessThanOrEqual(2);
  expect((await readdir(root)).length).toBe(52);
  const copied = await stat(join(root, 'sparse'));
  expect(copied.size).toBe(16 * MIB);
  expect(copied.blocks * BLOCK_BYTES).toBeLessThan(4 * MIB);
});

describe('an upload in parts that an earlier attempt has begun', () => {
  const PART_BYTES = 1000;
  const bytes = randomBytes(3 * PART_BYTES - 1);
  const size = bytes.length;
  const digest = sha256(bytes);
  const resume = { upload: `parts-${randomUUID()}`, partBytes: PART_BYTES };

  const leave = async (file: Buffer | undefined, whole: string): Promise<void> => {
    const path = join(root, STAGING_FOLDER, resume.upload);
    await mkdir(join(root, STAGING_FOLDER));
    if (file !== undefined) await writeFile(path, file);
    await writeFile(`${path}.whole`, whole);
  };
  const send = async (request: { size: number; sha256?: string }): Promise<number[]> => {
    const asked: number[] = [];
    const read = (offset: number, length: number): Promise<Readable> => {
      asked.push(offset);
      return Promise.resolve(Readable.from([bytes.subarray(offset, offset + length)]));
    };
    expect(await storage.writeInParts?.('large', read, request, { resume })).toMatchObject({
      sha256: digest,
    });
    expect((await readFile(join(root, 'large'))).equals(bytes)).toBe(true);
    expect(await readdir(join(root, STAGING_FOLDER))).toEqual([]);
    return asked.sort((a, b) => a - b);
  };

  test('is gone on with', async () => {
    await leave(bytes.subarray(0, 2 * PART_BYTES), '1\n0\n');
    expect(await send({ size, sha256: digest })).toEqual([2 * PART_BYTES]);
    await rm(join(root, STAGING_FOLDER), { recursive: true });
    await leave(bytes, '2\n0\n');
    expect(await send({ size, sha256: digest })).toEqual([PART_BYTES]);
  });

  test('is not when no digest tells whether the source is still the same', async () => {
    await leave(Buffer.alloc(size, 'old'), '0\n1\n');
    expect(await send({ size })).toEqual([0]);
  });

  test.each([
    { what: 'gone', file: undefined },
    { what: 'shorter than its whole parts', file: bytes.subarray(0, size - 1) },
  ])('is begun anew when its file is $what', async ({ file }) => {
    await leave(file, '2\n0\n1\n');
    const unread = new Error('the source cannot be read');
    await expect(
      storage.writeInParts?.('large', () => Promise.reject(unread), { size, sha256: digest }, { resume }),
    ).rejects.toBe(unread);
    // Else the parts that this attempt had sent would stand beside some that were never in this file.
    expect(await readdir(join(root, STAGING_FOLDER))).not.toContain(`${resume.upload}.whole`);
    expect(await send({ size, sha256: digest })).toEqual([0, PART_BYTES, 2 * PART_BYTES]);
  });
});

test('while the host hashes, it is told that something moves', async () => {
  const openssl = join(node.binDir, 'openssl');
  const hashing = join(root, 'hashing');
  const seen = join(root, 'seen');
  // It hashes on only when what waits for it was told so.
  const script = `#!/bin/sh\n: > ${hashing}\nuntil [ -e ${seen} ]; do sleep 0.1; done\nexec sha256sum\n`;
  const moved = (): void => {
    if (existsSync(hashing)) writeFileSync(seen, '');
  };
  const request = { size: body.length };
  const writes = [
    () => storage.write('key', body, request, { moved }),
    () => storage.writeInParts?.('key', () => Promise.resolve(Readable.from([body])), request, { moved }),
  ];
  await writeFile(openssl, script, { mode: 0o755 });
  try {
    for (const write of writes) {
      await write();
      expect(existsSync(seen)).toBe(true);
      await rm(hashing);
      await rm(seen);
    }
  } finally {
    await rm(openssl);
  }
});

test('objects that cannot be compared with what they must be are not moved into place', async () => {
  const grep = join(node.binDir, 'grep');
  await writeFile(grep, '#!/bin/sh\necho "grep: memory exhausted" >&2\nexit 2\n', { mode: 0o755 });
  const wrong = { key: 'wrong', body, size: body.length, sha256: '0'.repeat(64) };
  try {
    await expect(storage.writeMany?.([wrong])).rejects.toMatchObject({ type: 'StorageUnavailable' });
  } finally {
    await rm(grep);
  }
  expect(await readdir(root)).toEqual([STAGING_FOLDER]);
  expect(await readdir(join(root, STAGING_FOLDER))).toEqual([]);
});

test('what a killed worker left a day ago is removed', async () => {
  const staging = join(root, STAGING_FOLDER);
  await mkdir(staging);
  await writeFile(join(staging, 'abandoned'), '');
  const then = new Date(Date.now() - 2 * DAY_MS);
  await utimes(join(staging, 'abandoned'), then, then);
  await writeFile(join(staging, 'in-use'), '');
  await storage.write('key', body, { size: body.length });
  expect(await readdir(staging)).toEqual(['in-use']);
});

test('a key that is a folder on the host, or too long a name, is refused', async () => {
  await storage.write('there/is/one', body, { size: body.length });
  for (const key of ['there/is', `a/${'x'.repeat(256)}`]) {
    await expect(storage.write(key, body, { size: body.length })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  }
});

test('a volume is found under both spellings of its name, and a folder below it', async () => {
  await writeFile(
    join(node.binDir, 'docker'),
    `#!/bin/sh
case $3 in
  dtr-registry-nfs-000000000001|images) echo '[{"Mountpoint":"${root}","Options":{}}]';;
  *) echo "Error: No such volume: $3" >&2; exit 1;;
esac
`,
    { mode: 0o755 },
  );
  await mkdir(join(root, 'below'));
  await writeFile(join(root, 'below', 'object'), body);
  for (const volume of ['dtr-nfs-registry-000000000001', 'dtr-registry-nfs-000000000001', 'images']) {
    const opened = await openOnHost(
      'storage',
      { kind: 'host', host: 'node-1', volume, subdirectory: 'below' },
      host,
    );
    expect(await opened.stat('object')).toMatchObject({ size: body.length });
  }
  await expect(
    openOnHost('storage', { kind: 'host', host: 'node-1', volume: 'dtr-registry-000000000001' }, host),
  ).rejects.toMatchObject({ type: 'InvalidInput' });
});

test('the end of an output holds whole lines alone', async () => {
  expect(lastLines('first line\nsecond line\n', 15)).toBe('second line');
  expect(lastLines('a-secret-that-is-cut-in-the-middle', 10)).not.toContain('middle');
  const secret = 'S'.repeat(5000);
  await expect(
    host.check(['sh', '-c', 'echo "$1" >&2; echo why >&2; exit 3', 'sh', secret]),
  ).rejects.toMatchObject({
    message: expect.not.stringContaining('SSSS') as string,
  });
});

describe('whatever is no file', () => {
  let elsewhere: string;

  beforeEach(async () => {
    elsewhere = join(node.volumesDir, 'elsewhere');
    await rm(elsewhere, { recursive: true, force: true });
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'data'), 'not of this storage');
    await storage.write('a/real/data', body, { size: body.length });
  });

  test('is listed with what it is, also by prefix, and not followed', async () => {
    await symlink(elsewhere, join(root, 'a', 'folder'));
    await symlink(join(elsewhere, 'data'), join(root, 'a', 'link'));
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, 'a', 'pipe')]);
    expect(await Array.fromAsync(storage.list({}))).toEqual([
      { key: 'a/folder', size: 0, flaw: 'is a symbolic link' },
      { key: 'a/link', size: 0, flaw: 'is a symbolic link' },
      { key: 'a/pipe', size: 0, flaw: 'is a pipe' },
      { key: 'a/real/data', size: body.length },
    ]);
    expect(await Array.fromAsync(storage.list({ prefix: 'a/folder/' }))).toEqual([]);
    expect((await Array.fromAsync(storage.list({ prefix: 'a/real/' }))).length).toBe(1);
  });

  test.each([
    ['file', 'a/real/data'],
    ['folder', 'a/real'],
  ])('and took the place of a %s after it was listed leads nowhere', async (_what, path) => {
    const key = 'a/real/data';
    await rm(join(root, path), { recursive: true });
    await symlink(join(elsewhere, path === key ? 'data' : '.'), join(root, path));
    const ways: Record<string, () => Promise<unknown>> = {
      stat: () => storage.stat(key),
      read: () => storage.read(key),
      readMany: async () => await storage.readMany([key])[Symbol.asyncIterator]().next(),
      copyWithin: () => storage.copyWithin(key, 'b'),
    };
    for (const [way, work] of Object.entries(ways))
      expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
    const copy = openHostStorage(host, join(node.volumesDir, 'elsewhere'));
    await expect(copy.copyFrom!(storage, key, { size: 19 })).rejects.toThrow('has no object');
  });

  test('in the place of a folder takes no object and loses none', async () => {
    await symlink(elsewhere, join(root, 'b'));
    const refusal = { type: 'UnsafeKey' };
    await expect(storage.write('b/data', body, { size: body.length })).rejects.toMatchObject(refusal);
    await expect(storage.write('b/new/data', body, { size: body.length })).rejects.toMatchObject(refusal);
    await expect(storage.writeMany!([{ key: 'b/x', body, size: body.length }])).rejects.toMatchObject(
      refusal,
    );
    await expect(storage.writeInParts!('b/y', large, { size: body.length })).rejects.toMatchObject(refusal);
    await expect(storage.copyWithin('a/real/data', 'b/copy')).rejects.toMatchObject(refusal);
    await expect(storage.remove(['b/data'])).rejects.toMatchObject(refusal);
    expect(await readdir(elsewhere)).toEqual(['data']);
  });

  test('in the place of our own folder has the host write nothing, and sweep nothing, where it leads', async () => {
    await rm(join(root, STAGING_FOLDER), { recursive: true });
    const old = new Date(Date.now() - 2 * DAY_MS);
    await utimes(join(elsewhere, 'data'), old, old);
    await symlink(elsewhere, join(root, STAGING_FOLDER));
    const opened = openHostStorage(host, root);
    const ways: Record<string, () => Promise<unknown>> = {
      write: () => opened.write('b', body, { size: body.length }),
      writeMany: () => opened.writeMany!([{ key: 'b', body, size: body.length }]),
      writeInParts: () => opened.writeInParts!('b', large, { size: body.length }),
      create: () => opened.create('b', body),
      copyWithin: () => opened.copyWithin('a/real/data', 'b'),
    };
    for (const [way, work] of Object.entries(ways))
      expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
    expect(await readdir(elsewhere)).toEqual(['data']);
  });

  test('and a name that is no UTF-8 is refused, as by a directory that the worker sees', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), '');
    await expect(Array.fromAsync(storage.list({}))).rejects.toMatchObject({
      type: 'UnsafeKey',
      message: expect.stringContaining('no UTF-8') as string,
    });
  });
});

test('tells what is free where it lies, and that its host has what it needs', async () => {
  expect((await storage.freeRoom!()).bytes).toBeGreaterThan(0);
  expect(await storage.lacks!()).toEqual([]);
});

test('an object is read to the end that it had when it was opened', async () => {
  const path = join(root, 'log');
  await writeFile(path, Buffer.alloc(8 * MIB));
  let bytes = 0;
  for await (const chunk of await storage.read('log')) {
    bytes += (chunk as Buffer).length;
    await appendFile(path, Buffer.alloc(MIB));
  }
  expect(bytes).toBe(8 * MIB);
});

test('a file whose modification time was set back has the time at which that was done', async () => {
  const before = Date.now();
  await writeFile(join(root, 'key'), 'x');
  await utimes(join(root, 'key'), new Date(0), new Date(0));
  expect((await storage.writtenAt(['key'])).get('key')).toBeGreaterThan(before - DAY_MS);
});
