// A refusal in the middle of a pass is asked about once more, and what was done before it is not done again.

import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { altered, copyingRig, request } from './copying-rig.ts';

const { storages, storage, put, perform, plan } = copyingRig({ s3: true });

const denied = (): Promise<never> => Promise.reject(new TransshipError('AccessDenied', 'key was rotated'));

/** Refuses so many writes. */
function refusing(name: string, kind: Storage['kind'], times: number): () => string[] {
  const real = storage(name);
  const written: string[] = [];
  let left = times;
  storages.set(
    name,
    altered(real, {
      kind,
      writeMany: undefined,
      writeLent: undefined,
      copyFrom: undefined,
      write: async (...args: Parameters<Storage['write']>) => {
        if (written.length > 0 && left > 0) {
          left -= 1;
          return await denied();
        }
        written.push(args[0]);
        return await real.write(...args);
      },
    }),
  );
  return () => written;
}

const pass = { pass: 1, source: 'filesystem-a', destination: 'filesystem-b' };
const shard = () => perform(new MockActivityEnvironment(), 'copyShard', { ...request(pass), shard: 0 });
const fill = async (): Promise<void> => {
  for (const key of ['a', 'b']) await put('filesystem-a', key, Buffer.alloc(1_500_000));
  await plan(pass);
};

test('once is no failure', async () => {
  await fill();
  const written = refusing('filesystem-b', 's3', 1);
  expect(await shard()).toMatchObject({ copiedObjects: 2 });
  expect(written().toSorted()).toEqual(['a', 'b']);
});

test('twice is one', async () => {
  await fill();
  refusing('filesystem-b', 's3', Infinity);
  await expect(shard()).rejects.toMatchObject({ type: 'AccessDenied' });
});

test('by a directory is final at once', async () => {
  await fill();
  refusing('filesystem-b', 'filesystem', 1);
  await expect(shard()).rejects.toMatchObject({ type: 'AccessDenied' });
});

test('of a listing is asked about once more, too', async () => {
  await put('filesystem-a', 'a', 'x');
  const real = storage('filesystem-a');
  let asked = 0;
  storages.set(
    'filesystem-a',
    altered(real, {
      kind: 's3',
      async *list(options: Parameters<Storage['list']>[0]) {
        asked += 1;
        if (asked === 1) await denied();
        yield* real.list(options);
      },
    }),
  );
  expect(await plan(pass)).toMatchObject({ copyObjects: 1 });
  expect(asked).toBe(2);
});
