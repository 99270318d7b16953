// A source that goes away between its listing and its copying has removed nothing, and one object that is written to all
// the time does not hold back the others.

import { mkdir, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import type { WorkResult } from '../../activities/copying/work-list.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { sha256 } from '../support/digests.ts';
import { altered, copyingRig, request } from './copying-rig.ts';

const { storages, storage, folderOf, put, everything, perform, plan, copyPass, lines } = copyingRig({
  hosts: ['node-1'],
});

const shardOf = (pass: { pass: number; source: string; destination: string }) =>
  perform(new MockActivityEnvironment(), 'copyShard', { ...request(pass), shard: 0 });

test.each([
  ['filesystem-a', 'gone', 'StorageMismatch'],
  ['filesystem-a', 'an empty mount point', 'StorageUnavailable'],
  ['host-a', 'gone', 'StorageMismatch'],
  ['host-a', 'an empty mount point', 'StorageUnavailable'],
])(
  '%s that is %s after it was listed is a failure, and nothing counts as removed',
  async (source, left, type) => {
    const pass = { pass: 1, source, destination: 'filesystem-b' };
    const large = Buffer.alloc(2_000_000);
    for (let n = 0; n < 5; n += 1) await put(source, `docker/${n}`, `${n}`);
    await put(source, 'docker/large', large);
    await plan(pass);
    await rename(folderOf(source), `${folderOf(source)}-away`);
    if (left !== 'gone') await mkdir(folderOf(source));
    await expect(shardOf(pass)).rejects.toMatchObject({ type, retryable: true });
    const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson').catch(() => []);
    expect(results).toEqual([]);
    if (left !== 'gone') await rename(folderOf(source), `${folderOf(source)}-mount-point`);
    await rename(`${folderOf(source)}-away`, folderOf(source));
    expect(await shardOf(pass)).toMatchObject({ copiedObjects: 6, vanished: 0 });
  },
);

test('one object that was removed after it was listed is said to be gone', async () => {
  const pass = { pass: 1, source: 'filesystem-a', destination: 'filesystem-b' };
  for (const name of ['one', 'two']) await put('filesystem-a', `docker/${name}/data`, name);
  await plan(pass);
  await storage('filesystem-a').remove(['docker/one/data']);
  expect(await shardOf(pass)).toMatchObject({ copiedObjects: 1, vanished: 1 });
});

test('an object that grows while it is copied is named, the others arrive, and a later pass has it', async () => {
  const real = storage('filesystem-a');
  await put('filesystem-a', 'docker/log', 'grows');
  await put('filesystem-a', 'docker/tag', 'sha256:some');
  let more = 0;
  const grown = (): Buffer => Buffer.alloc(100 + (more += 1), 'x');
  storages.set(
    'filesystem-a',
    altered(real, {
      stat: async (key: string) => (key === 'docker/log' ? { size: grown().length } : await real.stat(key)),
      read: async (...[key, options]: Parameters<Storage['read']>) =>
        key === 'docker/log' ? Readable.from([grown()]) : await real.read(key, options),
      readMany: () => {
        throw new Error('one by one');
      },
    }),
  );
  const pass = { source: 'filesystem-a', destination: 'host-b' };
  expect(await copyPass({ ...pass, pass: 1 })).toMatchObject([{ copiedObjects: 1, damaged: 1 }]);
  const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
  expect(results.find(({ key }) => key === 'docker/log')).toMatchObject({
    damaged: { actual: 'changed while it was copied' },
  });
  storages.set('filesystem-a', real);
  expect(await copyPass({ ...pass, pass: 2 })).toMatchObject([{ copiedObjects: 1, damaged: 0 }]);
  expect(await everything('host-b')).toMatchObject({ 'docker/log': sha256('grows') });
});
