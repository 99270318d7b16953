// What holds for every storage, tried on each kind's real server.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compareKeys } from '../../activities/storage/byte-order.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../../activities/storage/errors.ts';
import { openFilesystemStorage, STAGING_FOLDER } from '../../activities/storage/filesystem.ts';
import { openHostStorage } from '../../activities/storage/host.ts';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { SshHost } from '../../lab/parts/ssh-hosts.ts';
import { openTestHost, startTestHosts, startTestS3, testSecrets } from './servers.ts';

type Opened = {
  storage: Storage;
  /** Whatever lies in the storage on disk beside objects, e.g. unfinished ones. */
  remains(): Promise<string[]>;
  stop(): Promise<void>;
};

const KINDS: [string, () => Promise<Opened>][] = [
  [
    'filesystem',
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'transship-fs-'));
      return {
        storage: openFilesystemStorage(root),
        remains: () => readdir(join(root, STAGING_FOLDER)),
        stop: () => rm(root, { recursive: true }),
      };
    },
  ],
  [
    'host',
    async () => {
      const servers = await startTestHosts('node-1');
      const node = servers.hosts[0] as SshHost;
      const root = join(node.volumesDir, "it's a volume");
      await mkdir(root);
      const host = openTestHost(node);
      return {
        storage: openHostStorage(host, root),
        remains: () => readdir(join(root, STAGING_FOLDER)),
        stop: async () => {
          await host.close();
          await servers.stop();
        },
      };
    },
  ],
  [
    's3',
    async () => {
      const servers = await startTestS3();
      const secrets = testSecrets(servers.s3);
      const storage = await openStorageEntry('s3', servers.entry, {
        resolveSecret: (ref) => Promise.resolve(secrets['env' in ref ? ref.env : ''] ?? ''),
        openHost: () => Promise.reject(new Error('no host here')),
      });
      return {
        storage,
        remains: () => Promise.resolve([]),
        stop: async () => {
          await storage.close();
          await servers.stop();
        },
      };
    },
  ],
];

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.each(KINDS)('a storage of kind %s', (_kind, open) => {
  let opened: Opened;
  let storage: Storage;

  beforeAll(async () => {
    opened = await open();
    storage = opened.storage;
  });
  afterAll(() => opened.stop());
  afterEach(async () => {
    await storage.remove(await keys());
  });

  const put = (key: string, bytes: Buffer | string): Promise<unknown> =>
    storage.write(key, Buffer.from(bytes), { size: Buffer.byteLength(bytes) });
  const keys = async (options: Parameters<Storage['list']>[0] = {}): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of storage.list(options)) found.push(key);
    return found;
  };
  const content = async (key: string, range = {}): Promise<string> =>
    (await buffer(await storage.read(key, range))).toString('utf8');

  describe('lists', () => {
    const TRAPS = [
      'a-b/c',
      'a/b',
      'a.b',
      'a0',
      'A',
      'a/b.c/d',
      'a/b-c',
      'a b/c',
      'z',
      'y/x',
      'ﬀ/one',
      '😀',
      'ünï/çode',
      '漢字/key',
      'with space',
      'two\nlines',
      `it's "quoted"`,
      '$(id)`id`',
      '-n',
      'back\\slash',
      'percent%41',
      'plus+plus',
      'hash#?&=x',
      '[glob]*?',
      'x,y;z',
    ];

    test('in byte order of the whole key, with sizes', async () => {
      for (const key of TRAPS) await put(key, key);
      const found = [];
      for await (const object of storage.list({})) found.push(object);
      expect(found.map(({ key }) => key)).toEqual([...TRAPS].sort(compareKeys));
      expect(found.map(({ size }) => size)).toEqual(found.map(({ key }) => Buffer.byteLength(key)));
    });

    test('from after any key, whether it is there or not, and under any prefix', async () => {
      const there = ['a-b/c', 'a/b', 'a/c/c', 'a/d/e', 'a.b', 'a0', 'b', '😀/x'];
      for (const key of there) await put(key, '1');
      const sorted = there.sort(compareKeys);
      for (const after of [...sorted, 'a', 'a/', 'a/a', 'a/c', 'a/d', 'a/z', 'aa', 'zzz', '😀']) {
        expect({ after, keys: await keys({ after }) }).toEqual({
          after,
          keys: sorted.filter((key) => compareKeys(key, after) > 0),
        });
      }
      for (const prefix of ['a', 'a/', 'a/d', 'a/d/', 'a/d/e', 'b', 'nothing', 'no/thing', '😀/']) {
        const under = sorted.filter((key) => key.startsWith(prefix));
        expect({ prefix, keys: await keys({ prefix }) }).toEqual({ prefix, keys: under });
      }
      expect(await keys({ prefix: 'a/', after: 'a/b' })).toEqual(['a/c/c', 'a/d/e']);
    });

    test('more objects than one answer of a server holds', async () => {
      const many = Array.from({ length: 1201 }, (_, n) => `many/${n % 7}/${n}`);
      for (let start = 0; start < many.length; start += 50) {
        await Promise.all(many.slice(start, start + 50).map((key) => put(key, 'x')));
      }
      many.sort(compareKeys);
      expect(await keys()).toEqual(many);
      expect(await keys({ after: many[1100] as string })).toEqual(many.slice(1101));
      await storage.remove(many);
      expect(await keys()).toEqual([]);
    });
  });

  describe('reads', () => {
    test('ranges, and nothing from behind the end', async () => {
      await put('folder/object', '0123456789');
      expect(await content('folder/object')).toBe('0123456789');
      expect(await content('folder/object', { offset: 3 })).toBe('3456789');
      expect(await content('folder/object', { offset: 3, length: 4 })).toBe('3456');
      expect(await content('folder/object', { length: 2 })).toBe('01');
      expect(await content('folder/object', { offset: 8, length: 100 })).toBe('89');
      expect(await content('folder/object', { offset: 10 })).toBe('');
      expect(await content('folder/object', { offset: 2, length: 0 })).toBe('');
    });

    test('an empty object', async () => {
      await put('empty', '');
      expect(await content('empty')).toBe('');
      expect((await storage.stat('empty'))?.size).toBe(0);
      expect(await keys()).toEqual(['empty']);
    });

    test('nothing that is not there', async () => {
      await put('folder/object', 'x');
      for (const key of ['none', 'folder', 'folder/object/below']) {
        await expect(storage.read(key)).rejects.toBeInstanceOf(ObjectNotFoundError);
        expect(await storage.stat(key)).toBeUndefined();
      }
    });

    test('many in the order they are asked for, without those that are gone', async () => {
      const big = randomBytes(3_000_000);
      await put('b', big);
      for (const key of ['a', 'c/d', "it's\n$(x)", '-e', 'empty']) await put(key, key === 'empty' ? '' : key);
      const found: [string, number, Buffer][] = [];
      for await (const { key, size, body } of storage.readMany([
        'c/d',
        'gone',
        'b',
        "it's\n$(x)",
        'empty',
        '-e',
        'x/y',
        'a',
      ])) {
        found.push([key, size, await buffer(body)]);
      }
      expect(found.map(([key]) => key)).toEqual(['c/d', 'b', "it's\n$(x)", 'empty', '-e', 'a']);
      for (const [key, size, bytes] of found) {
        const expected = key === 'b' ? big : Buffer.from(key === 'empty' ? '' : key);
        expect({ key, size, same: bytes.equals(expected) }).toEqual({
          key,
          size: expected.length,
          same: true,
        });
      }
    });

    test('many, until its reader has enough', async () => {
      for (const key of ['a', 'b', 'c']) await put(key, key);
      for await (const { key, body } of storage.readMany(['a', 'b', 'c'])) {
        expect((await buffer(body)).toString()).toBe(key);
        break;
      }
      expect(await content('c')).toBe('c');
    });
  });

  describe('writes', () => {
    test('a stream with its digest, and tells how that was proved', async () => {
      const bytes = randomBytes(5_000_000);
      const written = await storage.write('blob', Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]), {
        size: bytes.length,
        sha256: sha256(bytes),
      });
      expect(written).toEqual({ sha256: sha256(bytes), proof: storage.proof.kind });
      expect((await buffer(await storage.read('blob'))).equals(bytes)).toBe(true);
    });

    test.each([1000, 9_000_000])('%i bytes of unknown digest, and finds it', async (size) => {
      const bytes = randomBytes(size);
      const { sha256: found } = await storage.write('unknown', Readable.from([bytes]), { size });
      expect(found).toBe(sha256(bytes));
      expect((await buffer(await storage.read('unknown'))).equals(bytes)).toBe(true);
    });

    test('nothing when the digest is another, and keeps the old object', async () => {
      const bytes = randomBytes(300_000);
      const wrong = Buffer.from(bytes);
      wrong[150_000] = (wrong[150_000] as number) ^ 1;
      const request = { size: bytes.length, sha256: sha256(bytes) };
      await expect(storage.write('d/new', Readable.from([wrong]), request)).rejects.toBeInstanceOf(
        DamagedObjectError,
      );
      expect(await keys()).toEqual([]);
      await put('d/old', 'old');
      await expect(storage.write('d/old', wrong, request)).rejects.toBeInstanceOf(DamagedObjectError);
      expect(await content('d/old')).toBe('old');
      expect(await opened.remains()).toEqual([]);
    });

    test.each([
      ['too many', 99_999],
      ['too few', 100_001],
    ])('nothing when there are %s bytes', async (_, size) => {
      await put('old', 'old');
      const given = randomBytes(100_000);
      for (const request of [{ size }, { size, sha256: sha256(given) }]) {
        await expect(storage.write('old', Readable.from([given]), request)).rejects.toBeInstanceOf(
          DamagedObjectError,
        );
      }
      expect(await content('old')).toBe('old');
    });

    test('nothing when the source breaks, whose error it throws', async () => {
      const broken = new Error('the source broke');
      const body = new PassThrough();
      body.write(Buffer.alloc(100_000));
      setTimeout(() => body.destroy(broken), 50);
      const request = { size: 200_000, sha256: sha256(Buffer.alloc(200_000)) };
      await expect(storage.write('broken', body, request)).rejects.toBe(broken);
      expect(await keys()).toEqual([]);
    });

    test('nothing when it is aborted, and throws the reason', async () => {
      const reason = new Error('cancelled by the test');
      const controller = new AbortController();
      const body = new PassThrough();
      body.write(Buffer.alloc(100_000));
      const writing = storage.write(
        'aborted',
        body,
        { size: 200_000, sha256: sha256(Buffer.alloc(200_000)) },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(reason), 100);
      await expect(writing).rejects.toBe(reason);
      await expect(
        storage.write('aborted', Buffer.alloc(1), { size: 1 }, { signal: controller.signal }),
      ).rejects.toBe(reason);
      expect(await keys()).toEqual([]);
    });

    test('over an object, so that a reader has the old or the new one', async () => {
      const old = Buffer.alloc(400_000, 'o');
      const young = Buffer.alloc(500_000, 'n');
      await put('same', old);
      const writes = (async () => {
        for (let n = 0; n < 10; n += 1) await put('same', n % 2 === 0 ? young : old);
      })();
      for (let n = 0; n < 10; n += 1) {
        const seen = await buffer(await storage.read('same'));
        expect([old, young].some((whole) => whole.equals(seen))).toBe(true);
      }
      await writes;
    });
  });

  test('tells the digest of an object, or none, but never a wrong one', async () => {
    const bytes = randomBytes(1000);
    await put('blob', bytes);
    const stat = await storage.stat('blob');
    expect(stat?.size).toBe(1000);
    expect(stat?.sha256).toBe(storage.kind === 'filesystem' ? undefined : sha256(bytes));
  });

  test('copies within itself', async () => {
    await put("from/it's $(a)+b", 'content');
    await put('to/deep/er', 'old');
    await storage.copyWithin("from/it's $(a)+b", 'to/deep/er');
    expect(await content('to/deep/er')).toBe('content');
    expect(await content("from/it's $(a)+b")).toBe('content');
    await expect(storage.copyWithin('none', 'to/none')).rejects.toBeInstanceOf(ObjectNotFoundError);
  });

  test('removes many, what is not there too, and nothing else', async () => {
    for (const key of ['a/b/c', 'a/b/d', 'a/e', 'f', "it's\n$(x)", '-rf']) await put(key, 'x');
    await storage.remove(['a/b/c', 'none', 'no/where', "it's\n$(x)", 'a/b/d', '-rf', 'f']);
    expect(await keys()).toEqual(['a/e']);
    await storage.remove([]);
    await put('a/b', 'a file where a folder was');
    expect(await keys()).toEqual(['a/b', 'a/e']);
  });
});
