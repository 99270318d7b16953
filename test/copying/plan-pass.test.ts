// The plan of a pass: which work it lists, how it goes on after a kill, and which listings it does not believe.

import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { WorkItem } from '../../activities/copying/work-list.ts';
import { writeLines } from '../../activities/journal/lines.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import type { PassList } from '../../contracts/storage-activities.ts';
import { altered, copyingRig, keyOfBlob, request } from './copying-rig.ts';

const { storages, storage, folderOf, firstHost, put, perform, claimed, plan, lines } = copyingRig({
  hosts: ['node-1'],
});

const itemsOf = async (number: number, { shards }: PassList): Promise<WorkItem[]> => {
  const lists = [];
  for (let shard = 0; shard < shards; shard += 1)
    lists.push(...(await lines<WorkItem>(`jobs/test/pass-${number}/work-0000${shard}.ndjson`)));
  return lists;
};

/** A storage that lists these objects of five bytes, and must not be read. */
const listingOnly = (name: string, objects: object[]): void => {
  storages.set(
    name,
    altered(storage('filesystem-a'), {
      async *list() {
        for (const object of objects) yield await Promise.resolve({ size: 5, ...object });
      },
      read: () => Promise.reject(new Error('was read')),
      readMany: () => {
        throw new Error('was read');
      },
    }),
  );
};

describe('planning', () => {
  test('cuts the work into shards by count and by size, once', async () => {
    for (let n = 0; n < 501; n += 1) await put('filesystem-a', `n/${String(n).padStart(4, '0')}`, 'x');
    const pass = { pass: 1, source: 'filesystem-a', destination: 'filesystem-b' };
    const planned = await plan(pass);
    expect(planned).toEqual({
      shards: 2,
      sourceObjects: 501,
      sourceBytes: 501,
      copyObjects: 501,
      copyBytes: 501,
      removeObjects: 0,
    });
    expect(await lines('jobs/test/pass-1/work-00000.ndjson')).toHaveLength(500);
    expect(await lines('jobs/test/pass-1/work-00001.ndjson')).toEqual([
      { op: 'copy', key: 'n/0500', size: 1 },
    ]);
    await put('filesystem-a', 'n/later', 'x');
    expect(await plan(pass)).toEqual(planned);
  });

  test('does not remove a blob that images need, which the source has lost', async () => {
    const needed = 'jobs/test/image-parts-source.ndjson';
    const kept = { op: 'copy', key: 'n/kept', size: 1 };
    for (const name of ['filesystem-a', 'filesystem-b']) await put(name, kept.key, 'x');
    const blob = keyOfBlob(Buffer.from('layer'));
    await put('filesystem-b', blob, 'layer');
    const digest = `sha256:${blob.split('/').at(-2)!}`;
    const list = { kind: 'image-parts', key: needed } as const;
    await writeLines(storage('journal'), list, [
      { manifest: 'sha256:m', parts: { blobs: [{ digest, size: 5 }], manifests: [] } },
      { manifest: 'sha256:odd', parts: null },
      { manifest: 'sha256:gone', parts: 'unreadable' },
    ]);
    const pass = { source: 'filesystem-a', destination: 'filesystem-b', final: true };
    await expect(plan({ ...pass, pass: 1, needed })).rejects.toMatchObject({
      type: 'SourceUnstable',
      message: expect.stringContaining(blob) as string,
    });
    expect(await plan({ ...pass, pass: 2 })).toMatchObject({ removeObjects: 1 });
  });

  test('that was killed goes on behind its checkpoint, to the same work', async () => {
    const keys = Array.from({ length: 6000 }, (_, n) => `n/${String(n).padStart(5, '0')}`);
    const here = keys.filter((_, n) => n % 5 !== 3);
    const there = keys.filter((_, n) => n % 2 === 0 || n > 3000);
    const pass = { source: 'here', destination: 'there', final: true };
    let killed: MockActivityEnvironment | undefined;
    const asked: string[] = [];
    const listing = (name: string, listed: string[]): void => {
      const real = storage('filesystem-a');
      storages.set(
        name,
        altered(real, {
          async *list({ after = '' }: { after?: string }) {
            asked.push(after);
            for (const key of listed) {
              if (key <= after) continue;
              if (key > 'n/04700') killed?.cancel('CANCELLED');
              // What is there is of another size now and then.
              yield await Promise.resolve({
                key,
                size: name === 'here' && key.endsWith('7') ? 9 : 1,
                md5: 'same',
              });
            }
          },
        }),
      );
    };
    listing('here', here);
    listing(
      'there',
      there.filter((key) => here.includes(key) || key.endsWith('3')),
    );
    const whole = await plan({ ...pass, pass: 1 });
    killed = new MockActivityEnvironment({ attempt: 1 });
    let details: unknown;
    killed.on('heartbeat', (news: unknown) => {
      details = news ?? details;
    });
    const interrupted = { ...request({ ...pass, pass: 2 }), final: true };
    await expect(perform(killed, 'planPass', interrupted)).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    const { after } = details as { after: string };
    expect(after > 'n/01000' && after < 'n/04700').toBe(true);

    killed = undefined;
    asked.length = 0;
    const second = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: details });
    expect(await perform(second, 'planPass', interrupted)).toEqual(whole);
    expect(asked).toEqual([after, after]);
    expect(await itemsOf(2, whole)).toEqual(await itemsOf(1, whole));
  });

  test('believes what the listings tell before it reads', async () => {
    const damaged = keyOfBlob(Buffer.from('five!'));
    listingOnly('here', [
      { key: damaged },
      { key: 'n/1', md5: 'a' },
      { key: 'n/2', md5: 'a' },
      { key: 'n/3', sha256: 'a', md5: 'b' },
      { key: 'n/4', sha256: 'a', md5: 'b' },
    ]);
    listingOnly('there', [
      { key: damaged, sha256: 'other' },
      { key: 'n/1', md5: 'a' },
      { key: 'n/2', md5: 'b' },
      { key: 'n/3', sha256: 'a', md5: 'c' },
      { key: 'n/4', sha256: 'b', md5: 'b' },
    ]);
    await plan({ pass: 1, source: 'here', destination: 'there' });
    const work = await lines<WorkItem>('jobs/test/pass-1/work-00000.ndjson');
    expect(work.map(({ key }) => key)).toEqual([damaged, 'n/2', 'n/4']);
  });

  test('proves what an earlier job left under the right name and size, once', async () => {
    const [right, wrong] = [Buffer.from('five!'), Buffer.from('evil!')];
    const large = Buffer.alloc(100_000, 'r');
    for (const name of ['filesystem-a', 'filesystem-b'])
      for (const bytes of [right, large]) await put(name, keyOfBlob(bytes), bytes);
    const pass = { source: 'filesystem-a', destination: 'filesystem-b' };
    expect(await plan({ ...pass, pass: 1 })).toMatchObject({ copyObjects: 0 });
    await put('filesystem-b', keyOfBlob(right), wrong);
    await put('filesystem-b', keyOfBlob(large), Buffer.alloc(100_000, 'w'));
    expect(await plan({ ...pass, pass: 2 })).toMatchObject({ copyObjects: 0 });
    // Another job, for which the source need not be read.
    await storage('journal').remove(['jobs/test/pass-1/list.json']);
    const real = storage('filesystem-a');
    storages.set(
      'filesystem-a',
      altered(real, {
        read: () => Promise.reject(new Error('was read')),
        readMany: (keys: string[], options: object) => {
          if (keys.length > 0) throw new Error('was read');
          return real.readMany(keys, options);
        },
      }),
    );
    expect(await plan({ ...pass, pass: 1 })).toMatchObject({ copyObjects: 2 });
  });

  test('fails when a listing goes back, says something twice, or begins before where it should', async () => {
    for (const keys of [['a', 'c', 'b'], ['a', 'a'], ['0']]) {
      storages.set(
        'wrong',
        altered(storage('filesystem-a'), {
          async *list() {
            for (const key of keys) yield await Promise.resolve({ key, size: 1 });
          },
        }),
      );
      const environment = new MockActivityEnvironment({
        heartbeatDetails: {
          v: 2,
          after: '1',
          list: {
            shards: 0,
            sourceObjects: 0,
            sourceBytes: 0,
            copyObjects: 0,
            copyBytes: 0,
            removeObjects: 0,
          },
          surplus: 0,
          destinationObjects: 0,
        },
      });
      const pass = { pass: 1, source: 'wrong', destination: 'filesystem-b' };
      await claimed(pass);
      const wrong = { ...request(pass), final: false };
      await expect(perform(environment, 'planPass', wrong)).rejects.toThrow(/out of order|begins with/);
    }
  });

  test('fails when the source is not there, and lists nothing for removal', async () => {
    storages.set('gone', openFilesystemStorage(folderOf('not mounted')));
    storages.set('gone-host', openHostStorage(firstHost(), folderOf('not mounted')));
    await put('filesystem-b', 'a', 'x');
    for (const source of ['gone', 'gone-host']) {
      await expect(plan({ pass: 1, source, destination: 'filesystem-b', final: true })).rejects.toMatchObject(
        {
          type: 'StorageMismatch',
        },
      );
    }
  });
});
