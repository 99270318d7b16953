// Comparing storages where the listings do not tell: by reading, and where reading fails.

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Difference } from '../../contracts/storage.ts';
import { blobKey, put, putBlob, V2 } from '../../test/copying/registry-tree.ts';
import { sha256 } from '../../test/support/digests.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import { inProcessMeter } from '../concurrency/in-process-meter.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import { compareStorages } from './compare-storages.ts';
import { contentOf } from './content-of.ts';
import { DigestList } from './digest-list.ts';

const meter = () => inProcessMeter(new AbortController().signal, IMPATIENT);

let root: string;
let run = 0;
let source: Storage;
let destination: Storage;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'transship-compare-'));
});
afterAll(async () => rm(root, { recursive: true }));
beforeEach(async () => {
  run += 1;
  const open = async (side: string): Promise<Storage> => {
    await mkdir(join(root, `${run}-${side}`));
    return openFilesystemStorage(join(root, `${run}-${side}`));
  };
  source = await open('source');
  destination = await open('destination');
});

async function compare(): Promise<Difference[]> {
  const found: Difference[] = [];
  for await (const one of compareStorages({ source, destination }, meter())) found.push(one);
  return found;
}

/** As `storage`, but the listing tells digests. */
const telling = (storage: Storage, digests: Record<string, { sha256?: string; md5?: string }>): Storage => ({
  ...storage,
  async *list(options) {
    for await (const object of storage.list(options)) yield { ...object, ...digests[object.key] };
  },
});

const broken = (): never => {
  throw new Error('input/output error');
};

test('keeps the order of the keys, whatever had to be read', async () => {
  const keys = Array.from({ length: 450 }, (_, index) => String(index).padStart(4, '0'));
  for (const [index, key] of keys.entries()) {
    await put(source, key, 'here');
    if (index % 3 !== 0) await put(destination, key, index % 3 === 1 ? 'here' : 'else');
  }
  const found = await compare();
  expect(found.map(({ key }) => key)).toEqual(keys);
  expect(found.map(({ op }) => op).slice(0, 3)).toEqual(['+', '=', '*']);
});

test('believes digests of the listings before it reads, and a key that names its content only without', async () => {
  const digest = await putBlob(source, 'layer');
  await put(destination, blobKey(digest), 'other');
  await put(source, 'tag', 'one');
  await put(destination, 'tag', 'two');
  expect(await compare()).toMatchObject([
    { op: '=', by: 'name' },
    { op: '*', key: 'tag', by: 'bytes' },
  ]);
  destination = telling(destination, {
    [blobKey(digest)]: { sha256: sha256('other') },
    tag: { md5: 'same' },
  });
  source = telling(source, { tag: { md5: 'same' } });
  expect(await compare()).toMatchObject([
    { op: '*', by: 'digest' },
    { op: '=', by: 'digest' },
  ]);
});

test('an object that cannot be read is ! and says why; the others are compared', async () => {
  for (const side of [source, destination])
    for (const key of ['a', 'b']) await put(side, key, `the same ${key}`);
  const { describe } = destination;
  const failing: Storage['read'] = (key, options) =>
    key === 'a' ? Promise.reject(new Error('input/output error')) : readable.read(key, options);
  const readable = destination;
  destination = {
    ...destination,
    read: failing,
    readMany: broken,
  };
  expect(await compare()).toMatchObject([
    { op: '!', key: 'a', problem: `${describe}: cannot be read: input/output error` },
    { op: '=', key: 'b' },
  ]);
});

test('a storage of which nothing can be read is no difference but a failure', async () => {
  for (const side of [source, destination])
    for (const key of ['a', 'b']) await put(side, key, `the same ${key}`);
  destination = { ...destination, read: async () => broken(), readMany: broken };
  await expect(compare()).rejects.toThrow('input/output error');
});

test('asks a storage that keeps digests for them, and reads only where it has none', async () => {
  const known = new Map<string, string>();
  for (let index = 0; index < 20; index += 1) {
    const bytes = randomBytes(index % 2 === 0 ? 10 : 100_000);
    const digest = await putBlob(source, bytes);
    if (index < 15) known.set(blobKey(digest), digest);
  }
  const read: string[] = [];
  const keeping: Storage = {
    ...source,
    kind: 's3',
    stat: async (key) => {
      const stat = await source.stat(key);
      const digest = known.get(key);
      return stat && { ...stat, ...(digest !== undefined && { sha256: digest }) };
    },
    read: (key, options) => {
      read.push(key);
      return source.read(key, options);
    },
    readMany: (keys, options) => {
      read.push(...keys);
      return source.readMany(keys, options);
    },
  };
  const by = new Map<string, string>();
  for await (const content of contentOf(keeping, keeping.list({}), true, meter())) {
    expect(blobKey(content.sha256!)).toBe(content.object.key);
    by.set(content.object.key, content.by);
  }
  expect(by.size).toBe(20);
  expect(
    [...by]
      .filter(([, who]) => who === 'storage')
      .map(([key]) => key)
      .sort(),
  ).toEqual([...known.keys()].sort());
  expect(read.sort()).toEqual([...by.keys()].filter((key) => !known.has(key)).sort());
});

test('digests are found in their list, and disorder is noticed', () => {
  const digests = Array.from({ length: 10_000 }, (_, index) => sha256(String(index))).sort();
  const list = new DigestList();
  for (const [index, digest] of digests.entries()) if (index % 2 === 0) list.add(digest, index);
  expect(digests.map((digest) => list.find(digest))).toEqual(
    digests.map((_, index) => (index % 2 === 0 ? index : undefined)),
  );
  expect(() => list.add(digests[0]!)).toThrow('out of order');
});

test('objects that go away while they are looked at are no error', async () => {
  await put(source, `${V2}/a`, 'there');
  const listed: StoredObject[] = [
    { key: `${V2}/a`, size: 5 },
    { key: `${V2}/b`, size: 5 },
    { key: `${V2}/c`, size: 100_000 },
  ];
  async function* objects() {
    for (const one of listed) yield await Promise.resolve(one);
  }
  const found = new Map<string, string | undefined>();
  for await (const { object, sha256: digest } of contentOf(source, objects(), true, meter()))
    found.set(object.key, digest);
  expect(found).toEqual(
    new Map([
      [`${V2}/a`, sha256('there')],
      [`${V2}/b`, undefined],
      [`${V2}/c`, undefined],
    ]),
  );
});
