// A shard of a pass through what can happen to it: kills, cancellations, failing journals, a source that changes.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { WorkResult } from '../../activities/copying/work-list.ts';
import { ObjectNotFoundError } from '../../activities/storage/errors.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { altered, copyingRig, keyOfBlob, REPOSITORY, request } from './copying-rig.ts';

const { storages, storage, put, everything, perform, plan, copyPass, lines } = copyingRig({ s3: true });

describe('a shard', () => {
  const PASS = { pass: 1, source: 'filesystem-a', destination: 's3-b' };

  test('that was killed is finished by the next attempt, which does nothing twice', async () => {
    const many = Array.from({ length: 350 }, (_, n) => Buffer.from(`blob ${n}`));
    for (const blob of many) await put('filesystem-a', keyOfBlob(blob), blob);
    expect(await plan(PASS)).toMatchObject({ shards: 1, copyObjects: 350 });
    const written: string[] = [];
    const real = storage('s3-b');
    const first = new MockActivityEnvironment({ attempt: 1 });
    let details: unknown;
    first.on('heartbeat', (news: unknown) => {
      details = news ?? details;
      if (((news as { done: number } | undefined)?.done ?? 0) < 100) return;
      first.cancel('CANCELLED');
      killed.resolve();
    });
    // However slow the journal is: the copy is not over before the heartbeat that it is killed at.
    const killed = Promise.withResolvers<void>();
    const untilKilled = () => (written.length < 200 ? undefined : killed.promise);
    storages.set('s3-b', watched(real, written, untilKilled));
    await expect(perform(first, 'copyShard', { ...request(PASS), shard: 0 })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(details).toMatchObject({ v: 2, of: 350, uploads: {} });
    const beforeKill = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(beforeKill.length).toBeGreaterThanOrEqual(100);
    expect(beforeKill.length).toBeLessThan(350);

    const again: string[] = [];
    storages.set('s3-b', watched(real, again));
    const second = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: details });
    const result = await perform(second, 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({
      copiedObjects: 350,
      copiedBytes: many.reduce((sum, b) => sum + b.length, 0),
    });
    expect(again).toHaveLength(350 - beforeKill.length);
    const done = new Set(beforeKill.map(({ key }) => key));
    expect(again.filter((key) => done.has(key))).toEqual([]);
    expect(Object.keys(await everything('s3-b'))).toHaveLength(350);
  });

  test.each(['read', 'lent'])('that is cancelled while an object is %s leaves nothing of it', async (how) => {
    const blob = randomBytes(3_000_000);
    await put('filesystem-a', keyOfBlob(blob), blob);
    await plan(PASS);
    const environment = new MockActivityEnvironment();
    const real = storage('filesystem-a');
    const first = async (key: string): Promise<Buffer> => {
      setTimeout(() => environment.cancel('CANCELLED'), 100);
      return (await buffer(await real.read(key))).subarray(0, 1_000_000);
    };
    const slow: Partial<Storage> = {
      async read(key) {
        const body = new PassThrough();
        body.write(await first(key));
        return body;
      },
      async *readLent(key, options) {
        yield await first(key);
        await once(options!.signal!, 'abort');
      },
    };
    const source = altered(real, slow);
    storages.set('filesystem-a', how === 'lent' ? source : Object.assign(source, { readLent: undefined }));
    await expect(perform(environment, 'copyShard', { ...request(PASS), shard: 0 })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(await everything('s3-b')).toEqual({});
  });

  test('is not told of a vanished object when the destination does not show what it just got', async () => {
    const blob = randomBytes(2_000_000);
    await put('filesystem-a', keyOfBlob(blob), blob);
    await plan(PASS);
    const real = storage('s3-b');
    const forgetful: Partial<Storage> = {
      writeLent: (key) => Promise.reject(new ObjectNotFoundError(key, real.describe)),
    };
    storages.set('s3-b', altered(real, forgetful));
    await expect(
      perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 }),
    ).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });

  test('gets over a journal that fails once', async () => {
    const many = Array.from({ length: 350 }, (_, n) => Buffer.from(`blob ${n}`));
    for (const blob of many) await put('filesystem-a', keyOfBlob(blob), blob);
    await plan(PASS);
    const real = storage('journal');
    let writes = 0;
    const failingOnce: Partial<Storage> = {
      write: async (...args) => {
        writes += 1;
        if (writes === 1) throw new Error('no space left, for a moment');
        return await real.write(...args);
      },
    };
    storages.set('journal', altered(real, failingOnce));
    const result = await perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({ copiedObjects: 350 });
    expect(await lines('jobs/test/pass-1/result-00000.ndjson')).toHaveLength(350);
    expect(writes).toBeGreaterThan(1);
  });

  test('counts what vanished between planning and copying', async () => {
    const blobs = [randomBytes(10), randomBytes(2_000_000), randomBytes(20)];
    for (const blob of blobs) await put('filesystem-a', keyOfBlob(blob), blob);
    await plan(PASS);
    await storage('filesystem-a').remove(blobs.slice(0, 2).map(keyOfBlob));
    const result = await perform(new MockActivityEnvironment(), 'copyShard', {
      ...request(PASS),
      shard: 0,
    });
    expect(result).toMatchObject({ vanished: 2, copiedObjects: 1 });
  });

  test('takes an object that changed since the planning as it is now', async () => {
    const tag = `${REPOSITORY}/_manifests/tags/a/current/link`;
    await put('filesystem-a', tag, 'old');
    await put('filesystem-a', 'docker/registry/v2/blobs/id/ab/x/data', Buffer.alloc(2_000_000));
    await plan(PASS);
    await put('filesystem-a', tag, 'newer and longer');
    await put('filesystem-a', 'docker/registry/v2/blobs/id/ab/x/data', Buffer.alloc(2_100_000));
    await perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 });
    expect(await everything('s3-b')).toEqual(await everything('filesystem-a'));
  });
});

describe('a destination that asks for patience', () => {
  test('gets it, and everything arrives', async () => {
    for (let n = 0; n < 5; n += 1) await put('filesystem-a', `n/${n}`, `content ${n}`);
    const real = storage('s3-b');
    let refusals = 0;
    storages.set(
      's3-b',
      altered(real, {
        write: async (...args: Parameters<Storage['write']>) => {
          refusals += 1;
          if (refusals <= 4) throw new TransshipError('StorageUnavailable', 'SlowDown', { status: 503 });
          return await real.write(...args);
        },
      }),
    );
    expect(await copyPass({ pass: 1, source: 'filesystem-a', destination: 's3-b' })).toMatchObject([
      { copiedObjects: 5 },
    ]);
    expect(refusals).toBe(9);
  });
});

/** Tells which keys are written, each after `before`. */
function watched(
  real: Storage,
  written: string[],
  before = (): Promise<void> | undefined => undefined,
): Storage {
  return {
    kind: real.kind,
    describe: real.describe,
    proof: real.proof,
    limits: real.limits,
    place: () => real.place(),
    create: (key, body, options) => real.create(key, body, options),
    list: (options) => real.list(options),
    stat: (key, options) => real.stat(key, options),
    writtenAt: (keys, options) => real.writtenAt(keys, options),
    read: (key, options) => real.read(key, options),
    readMany: (keys, options) => real.readMany(keys, options),
    copyWithin: (from, to, options) => real.copyWithin(from, to, options),
    remove: (keys, options) => real.remove(keys, options),
    close: () => real.close(),
    write: async (...args: Parameters<Storage['write']>) => {
      await before();
      const result = await real.write(...args);
      written.push(args[0]);
      return result;
    },
  };
}
