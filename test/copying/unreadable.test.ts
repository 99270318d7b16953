// What cannot be read is named as damage, unless nothing can be read.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { WorkResult } from '../../activities/copying/work-list.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { sha256 } from '../support/digests.ts';
import { altered, copyingRig, keyOfBlob, REPOSITORY, request } from './copying-rig.ts';

const { storages, storage, put, everything, perform, plan, copyPass, lines } = copyingRig();

const eio = (): Error => Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });

/** The same storage, of which some objects cannot be read; the tar of a host gives zeros for them before it fails. */
function failing(real: Storage, fails: (key: string) => boolean): Storage {
  return altered(real, {
    read: async (...[key, options]: Parameters<Storage['read']>): Promise<Readable> => {
      const body = await real.read(key, options);
      if (!fails(key)) return body;
      return Readable.from(
        (async function* () {
          for await (const chunk of body) {
            yield (chunk as Buffer).subarray(0, 10);
            throw eio();
          }
        })(),
      );
    },
    readMany: async function* (...[keys, options]: Parameters<Storage['readMany']>) {
      for await (const item of real.readMany(keys, options)) {
        if (fails(item.key)) yield { ...item, body: Readable.from([Buffer.alloc(item.size)]) };
        else yield item;
      }
      if (keys.some(fails)) throw eio();
    },
  });
}

describe('an object that cannot be read', () => {
  const pass = { source: 'filesystem-a', destination: 'filesystem-b' };

  test.each([1000, 2_000_000])('of %i bytes is named, and the others arrive', async (size) => {
    const [bad, good, small] = [randomBytes(size), randomBytes(size), randomBytes(500)];
    const tag = `${REPOSITORY}/_manifests/tags/latest/current/link`;
    for (const bytes of [bad, good, small]) await put('filesystem-a', keyOfBlob(bytes), bytes);
    await put('filesystem-a', tag, 'sha256:some');
    await put('filesystem-b', tag, 'sha256:same');
    const bads = [keyOfBlob(bad), tag];
    storages.set(
      'filesystem-a',
      failing(storage('filesystem-a'), (key) => bads.includes(key)),
    );
    const [result] = await copyPass({ ...pass, pass: 1 });
    expect(result).toMatchObject({ copiedObjects: 2, damaged: 2 });
    const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(results).toContainEqual({
      key: keyOfBlob(bad),
      size,
      damaged: { expected: sha256(bad), actual: 'unreadable' },
    });
    expect(await everything('filesystem-b')).toEqual({
      [keyOfBlob(good)]: sha256(good),
      [keyOfBlob(small)]: sha256(small),
      [tag]: sha256('sha256:same'),
    });
  });

  test('is no damage where nothing else can be read either', async () => {
    for (let n = 0; n < 3; n += 1) await put('filesystem-a', keyOfBlob(Buffer.from([n])), Buffer.from([n]));
    await plan({ ...pass, pass: 1 });
    storages.set(
      'filesystem-a',
      failing(storage('filesystem-a'), () => true),
    );
    const shard = perform(new MockActivityEnvironment(), 'copyShard', {
      ...request({ ...pass, pass: 1 }),
      shard: 0,
    });
    await expect(shard).rejects.toMatchObject({ code: 'EIO' });
  });
});
