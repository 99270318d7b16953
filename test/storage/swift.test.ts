// What only Swift storages have: objects of segments, static and dynamic, read and listed with their true sizes; their
// segments, that go when they go and never when another object needs them; and the damage that comes of segments.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { openSwiftStorage } from '../../activities/storage/swift/swift.ts';
import type { DamageFinding } from '../../contracts/storage-activities.ts';
import {
  startTestSwift,
  swiftNames,
  swiftRequest,
  type TestSwift,
  unusedSegments,
} from '../conformance/swift-server.ts';
import { openingOf } from '../support/impatient.ts';
import { md5, sha256 } from '../support/digests.ts';

const KEY = 'docker/registry/v2/blobs/sha256/aa/a/data';
const SEGMENT_BYTES = 1_000_000;

let rich: TestSwift;
/** Takes nothing above 2 MB as one object, gives five names a page, and has no bulk deletes and no static large objects. */
let poor: TestSwift;

beforeAll(async () => {
  rich = await startTestSwift();
  poor = await startTestSwift({
    without: ['bulk', 'slo'],
    constraints: { max_file_size: 2_000_000, container_listing_limit: 5 },
  });
});
afterAll(async () => {
  await rich.stop();
  await poor.stop();
});

const open = (at: TestSwift, prefix = ''): Promise<Storage> =>
  openSwiftStorage(
    'images',
    { ...at.entry, prefix, chunksize: SEGMENT_BYTES },
    openingOf(() => Promise.resolve(at.swift.password)),
  );
const put = (at: TestSwift, name: string, body: Buffer | string, headers: Record<string, string> = {}) =>
  swiftRequest(at.swift, 'PUT', `images/${name}`, { headers, body });
const names = (at: TestSwift, prefix = ''): Promise<string[]> => swiftNames(at.swift, 'images', prefix);
const remove = (at: TestSwift, name: string): Promise<Response> =>
  swiftRequest(at.swift, 'DELETE', `images/${name}`);
const bytesOf = async (storage: Storage, key: string, range = {}): Promise<Buffer> =>
  buffer(await storage.read(key, range));

/** As the registry's driver makes it, or `swift upload --use-slo`. */
async function makeLarge(
  at: TestSwift,
  kind: 'dlo' | 'slo',
  name: string,
  path: string,
  body: Buffer,
): Promise<void> {
  const list = [];
  for (let start = 0, number = 1; start < body.length; start += SEGMENT_BYTES, number += 1) {
    const bytes = body.subarray(start, start + SEGMENT_BYTES);
    const segment = `${path}/${String(number).padStart(16, '0')}`;
    await put(at, segment, bytes);
    list.push({ path: `/images/${segment}`, etag: md5(bytes), size_bytes: bytes.length });
  }
  if (kind === 'dlo') await put(at, name, '', { 'x-object-manifest': `images/${path}` });
  else await put(at, `${name}?multipart-manifest=put`, JSON.stringify(list));
}

async function empty(at: TestSwift): Promise<void> {
  for (const name of await names(at)) {
    await remove(at, encodeURIComponent(name)).catch(() => undefined);
  }
}
afterEach(async () => {
  await empty(rich);
  while ((await names(poor)).length > 0) await empty(poor);
});

describe('keys and names', () => {
  test.each(['', 'registry', '/of/teams/'])(
    'lie where the registry with the prefix "%s" looks',
    async (prefix) => {
      const storage = await open(rich, prefix);
      await storage.write(KEY, Buffer.from('x'), { size: 1 });
      expect(await names(rich)).toEqual([`${prefix}/files/${KEY}`.replace(/^\/+/, '')]);
      await storage.close();
    },
  );
});

describe('large objects of others', () => {
  test.each(['dlo', 'slo'] as const)('of kind %s are listed and read as one object', async (kind) => {
    const storage = await open(rich);
    const body = randomBytes(2_500_000);
    await makeLarge(rich, kind, `files/${KEY}`, 'segments/abc/def', body);
    await put(rich, 'files/small', 'small');
    await put(rich, 'files/empty', '');
    const listed = await Array.fromAsync(storage.list({}));
    expect(listed).toEqual([
      { key: KEY, size: body.length },
      { key: 'empty', size: 0, md5: md5(Buffer.alloc(0)) },
      { key: 'small', size: 5, md5: md5(Buffer.from('small')) },
    ]);
    expect(await storage.stat(KEY)).toEqual({ size: body.length });
    expect((await bytesOf(storage, KEY)).equals(body)).toBe(true);
    const range = await bytesOf(storage, KEY, { offset: 999_990, length: 20 });
    expect(range.equals(body.subarray(999_990, 1_000_010))).toBe(true);
    await storage.close();
  });

  test('of more segments than Swift counts have their true size, and ranges', async () => {
    const storage = await open(poor);
    const body = randomBytes(7_000_000);
    await makeLarge(poor, 'dlo', `files/${KEY}`, 'segments/abc/def', body);
    expect(await Array.fromAsync(storage.list({}))).toEqual([{ key: KEY, size: body.length }]);
    expect((await bytesOf(storage, KEY)).equals(body)).toBe(true);
    const range = await bytesOf(storage, KEY, { offset: 5_900_000, length: 200_000 });
    expect(range.equals(body.subarray(5_900_000, 6_100_000))).toBe(true);
    await storage.close();
  });

  test.each(['dlo', 'slo'] as const)(
    'of kind %s lose their segments when they are removed or replaced',
    async (kind) => {
      const storage = await open(rich);
      await makeLarge(rich, kind, 'files/removed', 'segments/abc/one', randomBytes(1_500_000));
      await makeLarge(rich, kind, 'files/replaced', 'segments/abc/two', randomBytes(1_500_000));
      await storage.remove(['removed', 'none']);
      await storage.write('replaced', Buffer.from('x'), { size: 1 });
      expect(await names(rich)).toEqual(['files/replaced']);
      await storage.close();
    },
  );

  test('keep the segments that another object uses', async () => {
    const storage = await open(rich);
    const body = randomBytes(1_500_000);
    await makeLarge(rich, 'dlo', 'files/removed', 'segments/abc/def', body);
    await put(rich, 'files/kept', '', { 'x-object-manifest': 'images/segments/abc/def' });
    await makeLarge(rich, 'slo', 'files/static', 'segments/abc/def', body);
    await storage.remove(['removed']);
    await storage.write('static', Buffer.from('x'), { size: 1 });
    expect((await bytesOf(storage, 'kept')).equals(body)).toBe(true);
    await storage.remove(['kept']);
    expect(await names(rich)).toEqual(['files/static']);
    await storage.close();
  });
});

describe('objects above what a cluster takes as one', () => {
  test('are written of segments, from a stream, and replace each other', async () => {
    const storage = await open(poor);
    const [first, second] = [randomBytes(2_500_000), randomBytes(3_700_000)];
    for (const body of [first, second, second]) {
      const request = { size: body.length, sha256: sha256(body) };
      await storage.write(KEY, Readable.from([body.subarray(0, 7), body.subarray(7)]), request);
      expect((await bytesOf(storage, KEY)).equals(body)).toBe(true);
      expect((await storage.stat(KEY))?.size).toBe(body.length);
      expect(await unusedSegments(poor.swift, 'images')).toEqual([]);
    }
    await storage.remove([KEY]);
    expect(await names(poor)).toEqual([]);
    await storage.close();
  });

  test('of wrong bytes leave the old one whole, also where its segments have the same names', async () => {
    const storage = await open(poor);
    const body = randomBytes(2_500_000);
    const request = { size: body.length, sha256: sha256(body) };
    await storage.write(KEY, Readable.from([body]), request);
    const wrong = Buffer.from(body);
    wrong[100] = (wrong[100] as number) ^ 1;
    await expect(storage.write(KEY, Readable.from([wrong]), request)).rejects.toMatchObject({ key: KEY });
    const parts = (offset: number, length: number) =>
      Promise.resolve(Readable.from([wrong.subarray(offset, offset + length)]));
    await expect(storage.writeInParts?.(KEY, parts, request)).rejects.toMatchObject({ key: KEY });
    expect((await bytesOf(storage, KEY)).equals(body)).toBe(true);
    expect(await unusedSegments(poor.swift, 'images')).toEqual([]);
    await storage.close();
  });

  test('are copied with segments of their own', async () => {
    const storage = await open(poor);
    const body = randomBytes(3_500_000);
    await storage.write('from', Readable.from([body]), { size: body.length });
    await storage.copyWithin('from', 'to');
    await storage.remove(['from']);
    expect((await bytesOf(storage, 'to')).equals(body)).toBe(true);
    await storage.remove(['to']);
    expect(await names(poor)).toEqual([]);
    await storage.close();
  });

  test('go on with only the segments that are missing, also when nobody remembers the upload', async () => {
    const storage = await open(rich);
    const body = randomBytes(5_500_000);
    const request = { size: body.length, sha256: sha256(body) };
    const segments = async (): Promise<{ name: string; last_modified: string }[]> => {
      const answer = await swiftRequest(rich.swift, 'GET', 'images?format=json&prefix=segments/');
      return (await answer.json()) as { name: string; last_modified: string }[];
    };
    const upTo = (end: number) => (offset: number, length: number) =>
      offset + length > end
        ? Promise.reject(new Error('the worker was killed'))
        : Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
    await expect(storage.writeInParts?.(KEY, upTo(3_000_000), request)).rejects.toThrow('was killed');
    const before = await segments();
    expect(before).toHaveLength(3);
    expect(await Array.fromAsync(storage.list({}))).toEqual([]);

    const asked: number[] = [];
    const counted = (offset: number, length: number) => {
      asked.push(offset);
      return upTo(Infinity)(offset, length);
    };
    await storage.writeInParts?.(KEY, counted, request);
    expect(asked).toEqual([3_000_000, 4_000_000, 5_000_000]);
    const sent = (all: Awaited<ReturnType<typeof segments>>) =>
      all.map(({ name, last_modified }) => ({ name, last_modified }));
    expect(sent(await segments()).slice(0, 3)).toEqual(sent(before));
    expect((await bytesOf(storage, KEY)).equals(body)).toBe(true);
    await storage.close();
  });
});

describe('a listing', () => {
  test('goes over many pages and begins anywhere', async () => {
    const storage = await open(poor);
    const keys = Array.from({ length: 23 }, (_, n) => `k/${String(n).padStart(2, '0')}`);
    for (const key of keys) await put(poor, `files/${key}`, key);
    const listed = async (options: Parameters<Storage['list']>[0]) =>
      (await Array.fromAsync(storage.list(options))).map(({ key }) => key);
    expect(await listed({})).toEqual(keys);
    expect(await listed({ after: 'k/11', prefix: 'k/1' })).toEqual(keys.slice(12, 20));
    await storage.remove(keys.slice(3));
    expect(await listed({})).toEqual(keys.slice(0, 3));
    await storage.close();
  });
});

const blob = (digit: string): string =>
  `docker/registry/v2/blobs/sha256/${digit.repeat(2)}/${digit.repeat(64)}/data`;
const findings = async (storage: Storage): Promise<DamageFinding[]> =>
  await Array.fromAsync(storage.damage?.({}) ?? []);

describe('damage', () => {
  test('is not found where there is none', async () => {
    const storage = await open(rich);
    const nothing = sha256(Buffer.alloc(0));
    await put(rich, `files/docker/registry/v2/blobs/sha256/${nothing.slice(0, 2)}/${nothing}/data`, '');
    await put(rich, 'files/docker/registry/v2/repositories/a/_uploads/x/startedat', '');
    await makeLarge(rich, 'dlo', `files/${blob('a')}`, 'segments/aaa/one', randomBytes(2_500_000));
    await makeLarge(rich, 'slo', `files/${blob('b')}`, 'segments/bbb/two', randomBytes(2_500_000));
    const body = randomBytes(2_500_000);
    const read = (offset: number, length: number) =>
      Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
    await storage.writeInParts?.(blob('c'), read, { size: body.length });
    expect(await findings(storage)).toEqual([]);
    await storage.close();
  });

  test('of each kind is found and named', async () => {
    const storage = await open(rich);
    await put(rich, `files/${blob('0')}`, '');
    for (const [digit, kind] of [
      ['1', 'dlo'],
      ['2', 'dlo'],
      ['3', 'slo'],
      ['4', 'slo'],
    ] as const) {
      await makeLarge(rich, kind, `files/${blob(digit)}`, `segments/abc/${digit}`, randomBytes(2_500_000));
    }
    await remove(rich, 'segments/abc/1/0000000000000002');
    for (const n of [1, 2, 3]) await remove(rich, `segments/abc/2/000000000000000${n}`);
    await remove(rich, 'segments/abc/3/0000000000000003');
    await put(rich, 'segments/abc/4/0000000000000001', 'other bytes');
    await makeLarge(rich, 'dlo', `files/${blob('5')}`, 'segments/abc/shared', randomBytes(1_500_000));
    await put(rich, `files/${blob('6')}`, '', { 'x-object-manifest': 'images/segments/abc/shared' });

    const found = await findings(storage);
    expect(found.map(({ kind, key }) => [kind, key])).toEqual([
      ['zero-byte-blob', blob('0')],
      ['missing-segments', blob('1')],
      ['missing-segments', blob('2')],
      ['missing-segments', blob('3')],
      ['missing-segments', blob('4')],
      ['shared-segments', blob('6')],
    ]);
    expect(found[3]?.detail).toContain('segments/abc/3/0000000000000003 is gone');
    expect(found[4]?.detail).toContain('segments/abc/4/0000000000000001 has other bytes');
    expect(found[5]?.detail).toContain(blob('5'));
    await storage.close();
  });
});
