// Passes between storages of every kind: everything arrives and is proved, later passes carry what changed.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WorkItem, WorkResult } from '../../activities/copying/work-list.ts';
import { sha256 } from '../support/digests.ts';
import { copyingRig, keyOfBlob, REPOSITORY } from './copying-rig.ts';

const { storage, put, everything, plan, copyPass, lines, fillRegistry } = copyingRig({
  hosts: ['node-1'],
  s3: true,
});

const PAIRS = [
  ['filesystem-a', 's3-b', 'server'],
  ['s3-a', 'filesystem-b', 'stream'],
  ['host-a', 's3-b', 'server'],
  ['s3-a', 'host-b', 'read-back'],
  ['filesystem-a', 'host-b', 'read-back'],
  ['host-a', 'filesystem-b', 'stream'],
  ['host-a', 'host-b', 'read-back'],
  ['filesystem-a', 'filesystem-b', 'stream'],
  ['s3-a', 's3-b', 'server'],
] as const;

describe.each(PAIRS)('from %s to %s', (source, destination, proof) => {
  test('everything arrives, proved, and then only what changed', async () => {
    const { blobs, copied } = await fillRegistry(source);
    const [first] = await copyPass({ pass: 1, source, destination });
    expect(first).toMatchObject({ copiedObjects: copied.length, damaged: 0, vanished: 0, removedObjects: 0 });
    expect(first?.proofs).toEqual({ [proof]: copied.length });
    const here = await everything(source);
    expect(await everything(destination)).toEqual(Object.fromEntries(copied.map((key) => [key, here[key]])));
    const results = await lines<WorkResult>('jobs/test/pass-1/result-00000.ndjson');
    expect(results).toContainEqual({
      key: keyOfBlob(blobs[2] as Buffer),
      size: 2_500_000,
      sha256: sha256(blobs[2] as Buffer),
      proof,
    });

    expect((await plan({ pass: 2, source, destination })).shards).toBe(0);

    const young = randomBytes(3000);
    await put(source, keyOfBlob(young), young);
    const tag = `${REPOSITORY}/_manifests/tags/latest/current/link`;
    await put(source, tag, `sha256:${sha256(young)}`);
    await storage(source).remove([keyOfBlob(blobs[1] as Buffer)]);
    const online = await plan({ pass: 3, source, destination });
    expect(online).toMatchObject({ copyObjects: 2, removeObjects: 0 });
    const final = await copyPass({ pass: 4, source, destination, final: true });
    expect(final).toMatchObject([{ copiedObjects: 2, removedObjects: 1 }]);
    const work = await lines<WorkItem>('jobs/test/pass-4/work-00000.ndjson');
    expect(work.map(({ op, key }) => `${op} ${key}`).sort()).toEqual(
      [`copy ${keyOfBlob(young)}`, `copy ${tag}`, `remove ${keyOfBlob(blobs[1] as Buffer)}`].sort(),
    );
    const now = await everything(source);
    delete now[`${REPOSITORY}/_uploads/some-id/data`];
    delete now['.transship-probe/left'];
    expect(await everything(destination)).toEqual(now);
  });

  test('a damaged blob is named in every pass and never written, the others arrive', async () => {
    const { blobs, copied } = await fillRegistry(source);
    const small = blobs[1] as Buffer;
    const large = blobs[2] as Buffer;
    const link = `${REPOSITORY}/_layers/sha256/${sha256(small)}/link`;
    const flipped = Buffer.from(large);
    flipped[1_000_000] = (flipped[1_000_000] as number) ^ 4;
    await put(source, keyOfBlob(large), flipped);
    await put(source, keyOfBlob(small), small.subarray(1));
    await put(source, link, `sha256:${sha256(large)}`);
    // The destination has a good copy of one of them already.
    await put(destination, keyOfBlob(small), small);
    for (const pass of [1, 2]) {
      const [result] = await copyPass({ pass, source, destination, final: pass === 2 });
      expect(result).toMatchObject({ damaged: 3, copiedObjects: pass === 1 ? copied.length - 3 : 0 });
      const results = await lines<WorkResult>(`jobs/test/pass-${pass}/result-00000.ndjson`);
      expect(results).toContainEqual({
        key: keyOfBlob(large),
        size: large.length,
        damaged: { expected: sha256(large), actual: sha256(flipped) },
      });
      const there = await everything(destination);
      expect(there[keyOfBlob(small)]).toBe(sha256(small));
      expect(there).not.toHaveProperty([keyOfBlob(large)]);
      expect(there).not.toHaveProperty([link]);
    }
  });
});

describe('a blob under a generated id', () => {
  const id = 'docker/registry/v2/blobs/id/ab/abcdef/data';

  test('is compared by the first pass and by no later one', async () => {
    const pass = { source: 'filesystem-a', destination: 's3-b' };
    await put('filesystem-a', id, randomBytes(100_000));
    await put('s3-b', id, randomBytes(100_000));
    expect(await plan({ ...pass, pass: 1 })).toMatchObject({ copyObjects: 1 });
    expect(await plan({ ...pass, pass: 2 })).toMatchObject({ copyObjects: 0 });
  });

  test('is proved by the server where the source can tell its digest', async () => {
    await put('host-a', id, randomBytes(9_000_000));
    const [result] = await copyPass({ pass: 1, source: 'host-a', destination: 's3-b' });
    expect(result?.proofs).toEqual({ server: 1 });
  });
});
