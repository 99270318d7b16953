// A destination that copies by itself spares the bytes, and is made up for where it fails.

import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { sha256 } from '../support/digests.ts';
import { altered, copyingRig, keyOfBlob, request } from './copying-rig.ts';

const { storages, storage, put, everything, perform, plan, copyPass } = copyingRig({ s3: true });

const copying = (copyFrom: NonNullable<Storage['copyFrom']>): void => {
  storages.set('filesystem-b', altered(storage('filesystem-b'), { copyFrom, writeMany: undefined }));
};

describe('a copy by the server', () => {
  const PASS = { pass: 1, source: 's3-a', destination: 'filesystem-b' };
  test('reads no byte of the objects that it proves, and only those of the others', async () => {
    const blobs = [randomBytes(100), randomBytes(2_000_000), randomBytes(200)];
    for (const blob of blobs) await put('s3-a', keyOfBlob(blob), blob);
    const real = storage('filesystem-b');
    copying(async (_source, key, request) => {
      if (request.size === 200) return undefined;
      return await real.write(key, await s3a.read(key), request);
    });
    const s3a = storage('s3-a');
    const read: string[] = [];
    storages.set(
      's3-a',
      altered(s3a, {
        read: (...args: Parameters<Storage['read']>) => {
          read.push(args[0]);
          return s3a.read(...args);
        },
        readMany: (...args: Parameters<Storage['readMany']>) => {
          read.push(...args[0]);
          return s3a.readMany(...args);
        },
      }),
    );
    expect(await copyPass(PASS)).toMatchObject([{ copiedObjects: 3 }]);
    expect(read).toEqual([keyOfBlob(blobs[2] as Buffer)]);
    expect(await everything('filesystem-b')).toEqual(await everything('s3-a'));
  });

  test('that fails is made up for by the bytes, which tell what is the matter', async () => {
    const [good, damaged, gone] = [randomBytes(100), randomBytes(2_000_000), randomBytes(300)];
    for (const blob of [good, gone]) await put('s3-a', keyOfBlob(blob), blob);
    await put('s3-a', keyOfBlob(damaged), randomBytes(2_000_000));
    copying(() => Promise.reject(new Error('not today')));
    await plan(PASS);
    await storage('s3-a').remove([keyOfBlob(gone)]);
    const result = await perform(new MockActivityEnvironment(), 'copyShard', { ...request(PASS), shard: 0 });
    expect(result).toMatchObject({ copiedObjects: 1, damaged: 1, vanished: 1 });
    expect(await everything('filesystem-b')).toEqual({ [keyOfBlob(good)]: sha256(good) });
  });
});
