// Images as they are served: all parts are there, and a missing or tampered one has a name.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { fileOf } from '../../../activities/journal/keys.ts';
import { writeLines } from '../../../activities/journal/lines.ts';
import { prod, type Subject } from './subject.ts';

export function images({ opened, content, run, verify, rows }: Subject): void {
  test('a verification with an end in time says where it ended, and another one goes on from there', async () => {
    const job = 'jobs/verify-in-parts';
    const { key: snapshot, tags } = await run('snapshotTags', { ...prod, job, name: 'all' });
    const part = async (from: number, withinMs: number | null) =>
      await verify({ job, snapshot, sample: 0, from, withinMs, name: 'part' });

    const none = await part(0, -1);
    expect(none).toMatchObject({ tags: 0, checkedTo: 0, problems: 0 });
    expect(await part(2, null)).toMatchObject({ tags: tags - 2, checkedTo: tags, problems: 0 });
  });

  test('every image is verified, and a missing and a tampered blob are named', async () => {
    const job = 'jobs/verify';
    const { app, index, large } = content();
    const { key: snapshot, tags } = await run('snapshotTags', { ...prod, job, name: 'all' });
    const check = async (sample: number) => await verify({ job, snapshot, sample });

    const well = await check(3);
    expect(well).toMatchObject({ tags, manifests: 5, problems: 0, pulledTags: 3 });
    // The largest image is in every sample.
    expect(well.pulledBytes).toBeGreaterThan(large.size);
    expect(well.blobs).toBe(
      new Set([app, ...index.children].flatMap(({ blobs }) => blobs.map((b) => b.digest))).size + 1,
    );
    expect(await rows(well.key)).toEqual([]);

    const file = opened().blobFile(large.digest);
    const bytes = await readFile(file);
    const flipped = Buffer.from(bytes);
    flipped[1000]! ^= 1;
    await writeFile(file, flipped);
    expect(await check(0)).toMatchObject({ problems: 0, pulledTags: 0 });
    const tampered = await check(1);
    expect(tampered).toMatchObject({ problems: 1, pulledTags: 1 });
    expect(await rows(tampered.key)).toEqual([
      {
        repository: 'dev/multi',
        tag: 'v1',
        problem: 'blob-differs: other bytes than its digest names',
        digest: large.digest,
      },
    ]);

    await writeFile(file, bytes.subarray(1));
    expect(await rows((await check(0)).key)).toMatchObject([
      { problem: `blob-differs: ${bytes.length - 1} bytes instead of ${bytes.length}` },
    ]);

    await rename(file, `${file}.away`);
    const missing = await check(2);
    expect(await rows(missing.key)).toEqual([
      { repository: 'dev/multi', tag: 'v1', problem: 'blob-missing', digest: large.digest },
    ]);
    // What was missing before the move, or was accepted as damaged, is known and no problem of the move.
    const again = async (tolerated: { problems: string | null; damagedInPass: number | null }) =>
      await verify({ job, snapshot, sample: 0, name: 'again', tolerated });
    expect(await again({ problems: missing.key, damagedInPass: null })).toMatchObject({
      problems: 0,
      known: 1,
    });
    const hex = large.digest.slice('sha256:'.length);
    const damaged = { key: `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, damaged: {} };
    await writeLines(
      await opened().environment.openStorage('journal'),
      fileOf('result', { job, pass: 3, shard: 0 }),
      [damaged],
    );
    expect(await again({ problems: null, damagedInPass: 3 })).toMatchObject({ problems: 0, known: 1 });
    expect(await again({ problems: null, damagedInPass: 2 })).toMatchObject({ problems: 1, known: 0 });
    await writeFile(file, bytes);

    await opened().loseManifest('dev/app-base', app.digest);
    expect(await rows((await check(0)).key)).toEqual([
      {
        repository: 'dev/app-base',
        tag: 'v1',
        problem: 'manifest-missing',
        digest: opened().digestOfLost(app.digest),
      },
    ]);
    await opened().client.pushManifest('dev/app-base', 'v1', {
      mediaType: app.mediaType,
      bytes: app.manifest,
    });
  });
}
