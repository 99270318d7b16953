// Links that the inventory accepts, in a directory of the worker and on a real host: followed by name, wherever they lead by
// then, and nothing else with them.

import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { requireApart } from '../../activities/storage/apart.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { keysOf } from '../conformance/suite/subject.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { text } from 'node:stream/consumers';

type Links = Record<string, string>;

let servers: TestServers<{ hosts: SshHost[] }>;
let host: RemoteHost;
let folder: string;
let root: string;
let links: Links;

beforeAll(async () => {
  servers = await startTestHosts('node-1');
  const node = servers.hosts[0] as SshHost;
  host = openTestHost(node);
  folder = join(node.volumesDir, 'linked');
});
afterAll(async () => {
  await host.close();
  await servers.stop();
});

const FILES: Record<string, string> = {
  'root/docker/registry/a': 'first',
  'root/docker/registry/blobs-': 'sorts before what is behind the link',
  'root/docker/registry/repositories/app/link': 'a tag',
  'disk/blobs/sha256/aa/data': 'blob a',
  'disk/blobs/sha256/bb/data': 'blob b',
  'disk/blobs/z': 'last of the link',
  'disk/far/data': 'behind two links',
  'disk/single': 'one file',
  'elsewhere/sha256/aa/data': 'not of this storage',
  'elsewhere/stranger': 'not of this storage',
};
const KEYS = [
  'docker/registry/a',
  'docker/registry/blobs-',
  'docker/registry/blobs/far/data',
  'docker/registry/blobs/sha256/aa/data',
  'docker/registry/blobs/sha256/bb/data',
  'docker/registry/blobs/z',
  'docker/registry/one',
  'docker/registry/repositories/app/link',
];
const BLOB = 'docker/registry/blobs/sha256/aa/data';

beforeEach(async () => {
  root = join(folder, 'root');
  await rm(folder, { recursive: true, force: true });
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  await symlink('../../../disk/blobs', join(root, 'docker/registry/blobs'));
  await symlink(join(folder, 'disk/far'), join(folder, 'disk/blobs/far'));
  await symlink(join(folder, 'disk/single'), join(root, 'docker/registry/one'));
  links = {
    'docker/registry/blobs': join(folder, 'disk/blobs'),
    'docker/registry/blobs/far': join(folder, 'disk/far'),
    'docker/registry/one': join(folder, 'disk/single'),
  };
});

const OPEN: [string, (links?: Links) => Storage][] = [
  ['filesystem', (accepted) => openFilesystemStorage(root, accepted)],
  ['host', (accepted) => openHostStorage(host, root, accepted)],
];

const relink = async (path: string, to: string): Promise<void> => {
  await rm(join(folder, path), { recursive: true });
  await symlink(to, join(folder, path));
};

describe.each(OPEN)('of kind %s', (_kind, open) => {
  let storage: Storage;
  beforeEach(() => {
    storage = open(links);
    return () => storage.close();
  });

  test('what lies behind them is listed among the others, in order, from any place on', async () => {
    expect(await Array.fromAsync(storage.list({}))).toEqual(
      KEYS.map((key) => expect.objectContaining({ key, size: expect.any(Number) as number })),
    );
    for (const prefix of [
      'docker/registry/b',
      'docker/registry/blobs',
      'docker/registry/blobs/sha256/b',
      'e',
    ])
      expect(await keysOf(storage, { prefix })).toEqual(KEYS.filter((key) => key.startsWith(prefix)));
    for (const [at, after] of KEYS.entries())
      expect(await keysOf(storage, { after })).toEqual(KEYS.slice(at + 1));
    expect(await keysOf(storage, { after: 'docker/registry/blobs/sha256/b' })).toEqual(KEYS.slice(4));
  });

  test('and is read and known under its key', async () => {
    const items: string[] = [];
    for await (const { key, body } of storage.readMany(KEYS)) items.push(`${key}: ${await text(body)}`);
    expect(items[2]).toBe('docker/registry/blobs/far/data: behind two links');
    expect(items[6]).toBe('docker/registry/one: one file');
    expect(items).toHaveLength(KEYS.length);
    expect(await text(await storage.read(BLOB, { offset: 1, length: 3 }))).toBe('lob');
    expect((await storage.stat(BLOB))?.size).toBe('blob a'.length);
    expect(await storage.stat('docker/registry/blobs/none')).toBeUndefined();
    expect(storage.links).toEqual(links);
  });

  test('a link that is not named stays one that is not followed', async () => {
    await symlink(join(folder, 'elsewhere'), join(folder, 'disk/blobs/other'));
    const flawed = (await Array.fromAsync(storage.list({}))).filter(({ flaw }) => flaw !== undefined);
    expect(flawed.map(({ key }) => key)).toEqual(['docker/registry/blobs/other']);
    expect(await refusalOf(() => storage.read('docker/registry/blobs/other/stranger'))).toBe('UnsafeKey');
    const none = open();
    expect((await Array.fromAsync(none.list({}))).filter(({ flaw }) => flaw).map(({ key }) => key)).toEqual([
      'docker/registry/blobs',
      'docker/registry/one',
    ]);
    await none.close();
  });

  test('one that leads elsewhere, is none, or leads to nothing fails the listing', async () => {
    await relink('root/docker/registry/blobs', join(folder, 'elsewhere'));
    await expect(keysOf(storage)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(`leads to ${join(folder, 'elsewhere')}, and the inventory`) as string,
    });
    await rm(join(root, 'docker/registry/blobs'));
    await mkdir(join(root, 'docker/registry/blobs/sha256'), { recursive: true });
    await expect(keysOf(storage)).rejects.toMatchObject({
      message: expect.stringContaining('is no link') as string,
    });
    await relink('root/docker/registry/blobs', join(folder, 'disk/blobs'));
    await rename(join(folder, 'disk'), join(folder, 'not mounted'));
    await expect(keysOf(storage)).rejects.toMatchObject({ type: 'StorageMismatch' });
    // The others are there, and of this one no more than its mount point.
    await rename(join(folder, 'not mounted'), join(folder, 'disk'));
    await rm(join(folder, 'disk/far/data'));
    await expect(keysOf(storage)).rejects.toMatchObject({
      type: 'StorageMismatch',
      message: expect.stringContaining('empty folder') as string,
    });
  });

  test('a disk that goes fails what is listed from any place on, and the end of a listing that is under way', async () => {
    const gone = { type: 'StorageMismatch', message: expect.stringContaining('empty folder') as string };
    const under = storage.list({});
    await under[Symbol.asyncIterator]().next();
    await rename(join(folder, 'disk/blobs'), join(folder, 'disk of blobs'));
    await mkdir(join(folder, 'disk/blobs'));
    links = { 'docker/registry/blobs': join(folder, 'disk/blobs') };
    const one = open(links);
    for (const after of ['docker/registry/blobs/sha256/aa/data', 'docker/registry/one'])
      await expect(keysOf(one, { after })).rejects.toMatchObject(gone);
    await one.close();
    await expect(Array.fromAsync(under)).rejects.toMatchObject({ type: 'StorageMismatch' });
  });

  test('none at all is a directory that is not mounted', async () => {
    await rename(root, `${root} of a disk`);
    await mkdir(root);
    await expect(keysOf(storage)).rejects.toMatchObject({
      type: 'StorageMismatch',
      message: expect.stringContaining('is it mounted?') as string,
    });
  });

  test('one that was turned after the listing leads nobody anywhere', async () => {
    expect(await keysOf(storage)).toEqual(KEYS);
    await relink('root/docker/registry/blobs', join(folder, 'elsewhere'));
    expect(await text(await storage.read(BLOB))).toBe('blob a');
    // Whoever may write to the place itself can put a link there, too.
    await rename(join(folder, 'disk/blobs'), join(folder, 'disk/moved'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'disk/blobs'));
    const ways: Record<string, () => Promise<unknown>> = {
      stat: () => storage.stat(BLOB),
      read: () => storage.read(BLOB),
      readMany: async () => await Array.fromAsync(storage.readMany([BLOB])),
      copyWithin: () => storage.copyWithin(BLOB, 'b'),
    };
    for (const [way, work] of Object.entries(ways))
      expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
  });

  test('nothing is written or removed behind one', async () => {
    const body = Buffer.from('new');
    const ways: Record<string, () => Promise<unknown>> = {
      write: () => storage.write('docker/registry/blobs/new', body, { size: body.length }),
      writeMany: () => storage.writeMany!([{ key: 'docker/registry/blobs/new', body, size: body.length }]),
      copyWithin: () => storage.copyWithin('docker/registry/a', 'docker/registry/blobs/new'),
      remove: () => storage.remove([BLOB]),
    };
    for (const [way, work] of Object.entries(ways))
      expect([way, await refusalOf(work)]).toEqual([way, 'UnsafeKey']);
    expect(await readFile(join(folder, 'disk/blobs/sha256/aa/data'), 'utf8')).toBe('blob a');
    expect((await readdir(join(folder, 'disk/blobs'))).sort()).toEqual(['far', 'sha256', 'z']);
  });

  test('no other storage of the work lies where one leads', async () => {
    const inside = openFilesystemStorage(join(folder, 'disk/blobs/sha256'));
    const onHost = openHostStorage(host, join(folder, 'disk/blobs/sha256'));
    const journal = storage.kind === 'host' ? onHost : inside;
    await expect(requireApart({ source: storage, journal })).rejects.toMatchObject({ type: 'InvalidInput' });
    await expect(requireApart({ source: storage })).resolves.toBeUndefined();
  });
});
