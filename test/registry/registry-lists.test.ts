// The registry activities' small parts that need no server.

import { expect, test } from 'vitest';
import { taskState } from '../../activities/registry/dtr/tasks.ts';
import { mapOrdered } from '../../activities/concurrency/ordered-pool.ts';
import { spread } from '../../activities/registry/images/sample.ts';
import { driverSection } from '../../activities/registry/dtr/driver-section.ts';
import {
  describeStorage,
  showsDestination,
  withDriver,
} from '../../activities/registry/dtr/storage-section.ts';
import { mergeTags, type TagRow } from '../../activities/registry/tags.ts';
import type { S3StorageEntry } from '../../contracts/inventory.ts';

async function* streamOf<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('results come in the order of the items, and no more than the limit run at once', async () => {
  let running = 0;
  let most = 0;
  const delays = [30, 1, 20, 1, 1, 10];
  const results = await collect(
    mapOrdered(delays.entries(), 3, async ([index, delay]) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => void setTimeout(resolve, delay));
      running -= 1;
      return index;
    }),
  );
  expect(results).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(3);
});

test('the first failure in order ends the pool', async () => {
  const results = [
    Promise.resolve(),
    Promise.reject(new Error('second')),
    Promise.reject(new Error('third')),
  ];
  await expect(collect(mapOrdered(results.keys(), 3, (index) => results[index]!))).rejects.toThrow('second');
});

test.each([
  [10, 0, []],
  [10, 1, [0]],
  [10, 3, [0, 5, 9]],
  [2, 5, [0, 1]],
  [0, 3, []],
])('of %i images %i are chosen at %j', (count, wanted, positions) => {
  expect([...spread(count, wanted)]).toEqual(positions);
});

test('both spellings of task states are understood', () => {
  for (const status of ['waiting', 'running', 'cancel_request']) expect(taskState(status)).toBe('open');
  for (const status of ['errored', 'error', 'canceled', 'cancel', 'deleted'])
    expect(taskState(status)).toBe('failed');
  for (const status of ['worker_dead', 'worker_shutdown', 'worker_resurrection'])
    expect(taskState(status)).toBe('abandoned');
  expect(taskState('done')).toBe('succeeded');
});

test('merging an empty list with another makes all of it new or gone', async () => {
  const row: TagRow = { repository: 'a/b', tag: 'v1', digest: 'sha256:1' };
  expect(await collect(mergeTags(streamOf<TagRow>([]), streamOf([row])))).toEqual([
    { repository: 'a/b', tag: 'v1', before: null, after: 'sha256:1' },
  ]);
  expect(await collect(mergeTags(streamOf([row]), streamOf<TagRow>([])))).toEqual([
    { repository: 'a/b', tag: 'v1', before: 'sha256:1', after: null },
  ]);
});

const DESTINATION: S3StorageEntry = {
  kind: 's3',
  bucket: 'images',
  region: 'us-east-1',
  rootdirectory: '/dtr',
  accesskey: { env: 'ACCESS' },
  secretkey: { env: 'SECRET' },
  v4auth: true,
  secure: true,
  skipverify: false,
  rootca: { env: 'CA' },
};
const CURRENT = {
  delete: { enabled: true },
  maintenance: { readonly: { enabled: true } },
  azure: { accountname: 'prod', accountkey: '********', container: 'images' },
};

test('the new storage section keeps what is common and nothing of the old driver', async () => {
  const driver = await driverSection(DESTINATION, async (ref) => JSON.stringify(ref));
  expect(withDriver(CURRENT, driver)).toEqual({
    delete: { enabled: true },
    maintenance: { readonly: { enabled: true } },
    s3: {
      bucket: 'images',
      region: 'us-east-1',
      regionendpoint: '',
      rootdirectory: '/dtr',
      accesskey: '{"env":"ACCESS"}',
      secretkey: '{"env":"SECRET"}',
      v4auth: true,
      secure: true,
      skipverify: false,
      rootca: '{"env":"CA"}',
    },
  });
});

test('no secret of a storage is described, and its driver is the one beside the common keys', () => {
  expect(describeStorage(CURRENT)).toEqual({
    driver: 'azure',
    fields: { accountname: 'prod', container: 'images' },
  });
  expect(() => describeStorage({ delete: {} })).toThrow('no driver');
  expect(() => describeStorage({ s3: {}, azure: {} })).toThrow('several drivers');
});

test('a destination is known by its place and not by its credentials', () => {
  const shown = { bucket: 'images', region: 'us-east-1', regionendpoint: '', rootdirectory: 'dtr/' };
  expect(showsDestination({ s3: { ...shown, secretkey: '********' } }, DESTINATION)).toBe(true);
  for (const field of Object.keys(shown))
    expect(showsDestination({ s3: { ...shown, [field]: 'other' } }, DESTINATION)).toBe(false);
  expect(showsDestination(CURRENT, DESTINATION)).toBe(false);
});
