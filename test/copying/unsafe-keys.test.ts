// Whoever may write to the source chooses its keys and may put links there: what is no object with a key of a registry is
// named, never acted on, and stops a migration before its plan. The others arrive.

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { fileOf } from '../../activities/journal/keys.ts';
import { writeLines } from '../../activities/journal/lines.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { WorkResult } from '../../activities/copying/work-list.ts';
import { isStopping } from '../../domain/finding.ts';
import { judgeDamage } from '../../domain/storage/damage.ts';
import { sha256 } from '../support/digests.ts';
import { altered, copyingRig, request } from './copying-rig.ts';

const { storages, storage, put, everything, folderOf, perform, plan, copyPass, lines } = copyingRig({
  hosts: ['node-1'],
  s3: true,
});

/** As a service that takes any text for a key lists them; in byte order before `docker/`. */
const HOSTILE = ['../../escaped', './x', '.transship-staging/x', '/x', 'a\u0000b', 'a//b'];

const listing = (real: Storage, keys: string[]): Storage =>
  altered(real, {
    list: async function* (options: Parameters<Storage['list']>[0]) {
      for (const key of keys) if (key.startsWith(options.prefix ?? '')) yield { key, size: 5 };
      yield* real.list(options);
    },
  });

describe.each(['filesystem-b', 'host-b', 's3-b'])('to %s', (destination) => {
  const pass = { pass: 1, source: 'filesystem-a', destination };

  test('keys that lead elsewhere are named, and the others arrive', async () => {
    await put('filesystem-a', 'docker/well', 'hello');
    storages.set('filesystem-a', listing(storage('filesystem-a'), HOSTILE));
    expect(await copyPass(pass)).toMatchObject([{ copiedObjects: 1, damaged: HOSTILE.length, vanished: 0 }]);
    expect(await everything(destination)).toEqual({ 'docker/well': sha256('hello') });
    const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(results.flatMap((result) => ('damaged' in result ? result.key : []))).toEqual(HOSTILE);
  });

  test('keys of a work list that somebody else has written are named, too', async () => {
    await put('filesystem-a', 'docker/well', 'hello');
    await plan(pass);
    const work = [{ op: 'copy', key: '../../escaped', size: 5 }];
    await writeLines(storage('journal'), fileOf('work', { ...request(pass), shard: 0 }), work);
    const shard = { ...request(pass), shard: 0 };
    const result = await perform(new MockActivityEnvironment(), 'copyShard', shard);
    expect(result).toMatchObject({ copiedObjects: 0, damaged: 1 });
    const removal = [{ op: 'remove', key: '../../escaped', size: 5 }];
    await writeLines(storage('journal'), fileOf('work', { ...request(pass), pass: 2, shard: 0 }), removal);
    await expect(
      perform(new MockActivityEnvironment(), 'copyShard', { ...shard, pass: 2 }),
    ).rejects.toMatchObject({ type: 'UnsafeKey' });
  });

  test('a link of the source is named in every pass', async () => {
    await put('filesystem-a', 'docker/well', 'hello');
    await symlink('/etc', join(folderOf('filesystem-a'), 'docker', 'blobs'));
    for (const n of [1, 2]) {
      const [result] = await copyPass({ ...pass, pass: n });
      expect(result).toMatchObject({ damaged: 1 });
    }
    expect(await everything(destination)).toEqual({ 'docker/well': sha256('hello') });
  });
});

test('a control character, which a listing of S3 cannot show, is named instead of copied', async () => {
  await put('filesystem-a', 'docker/bell\u0007', 'hello');
  expect(await copyPass({ pass: 1, source: 'filesystem-a', destination: 's3-b' })).toMatchObject([
    { copiedObjects: 0, damaged: 1 },
  ]);
  expect(await copyPass({ pass: 2, source: 'filesystem-a', destination: 'host-b' })).toMatchObject([
    { copiedObjects: 1, damaged: 0 },
  ]);
});

test('a destination that holds such a key is not ours to plan for', async () => {
  storages.set('filesystem-b', listing(storage('filesystem-b'), ['../../escaped']));
  await expect(
    plan({ pass: 1, source: 'filesystem-a', destination: 'filesystem-b', final: true }),
  ).rejects.toMatchObject({ type: 'UnsafeKey' });
});

test('the preflight finds them and stops', async () => {
  await put('filesystem-a', 'docker/bell\u0007', 'hello');
  await symlink('/etc', join(folderOf('filesystem-a'), 'docker', 'blobs'));
  storages.set('filesystem-a', listing(storage('filesystem-a'), HOSTILE));
  const look = { job: 'jobs/test', storage: 'filesystem-a', destination: 's3-b', readForMs: 0 };
  const report = await perform(new MockActivityEnvironment(), 'findDamage', look);
  expect(report.counts).toEqual({ 'unsafe-key': HOSTILE.length + 1, 'no-file': 1 });
  expect(judgeDamage(report).filter(isStopping)).toHaveLength(2);
});
