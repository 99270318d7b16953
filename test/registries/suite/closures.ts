// What images are made of is looked for in a storage itself: what is not there is named, whoever says that it is.

import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Closure } from '../../../contracts/registry-activities.ts';
import { fileOf } from '../../../activities/journal/keys.ts';
import { writeLines } from '../../../activities/journal/lines.ts';
import { prod, type Subject } from './subject.ts';

export function closures({ opened, run, rows, content }: Subject): void {
  const job = 'jobs/closure';
  const check = async (
    storage: string,
    name: string,
    more: { earlier?: Closure; accepted?: string } = {},
  ) => {
    const { key } = await run('snapshotTags', { ...prod, job, name });
    return await run('checkClosure', {
      ...prod,
      ...{
        job,
        name,
        snapshot: key,
        storage,
        earlier: more.earlier ?? null,
        accepted: more.accepted ?? null,
      },
    });
  };

  test('a storage that the registry uses holds all of it, and what is known is not read again', async () => {
    const { source } = opened().storages;
    const closure = await check(source, 'all');
    expect(closure).toMatchObject({ missing: 0, lost: 0, unread: 0 });
    expect(closure.blobs).toBeGreaterThan(5);
    // Two repositories have one image, each for itself.
    expect(closure.held.manifests).toBeGreaterThan(closure.manifests);
    expect(closure.held.links).toBeGreaterThan(closure.blobs);
    expect(await rows(closure.key)).toEqual([]);
    const again = await check(source, 'again', { earlier: closure });
    expect(again).toMatchObject({ manifests: closure.manifests, blobs: closure.blobs, missing: 0 });
  });

  test('a storage of nothing misses every blob that is served', async () => {
    const closure = await check('journal', 'nothing');
    expect(closure.missing).toBe(closure.blobs);
    expect(await rows(closure.key)).toHaveLength(closure.blobs);
  });

  test('one blob that did not come along is named, unless its damage was accepted', async () => {
    const { destination, copy } = opened().storages;
    await copy();
    const { digest } = content().large;
    const copied = opened().copiedFile(digest);
    await rm(copied);
    const closure = await check(destination, 'one-missing');
    expect(closure).toMatchObject({ missing: 1, lost: 0 });
    expect(await rows(closure.key)).toEqual([
      expect.objectContaining({ repository: 'dev/multi', tag: 'v1', digest, problem: 'missing' }),
    ]);

    const accepted = fileOf('accepted-damage', { job, pass: 1 });
    const hex = digest.slice('sha256:'.length);
    const key = `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
    await writeLines(await opened().environment.openStorage('journal'), accepted, [
      { key, size: 1, damaged: { expected: hex, actual: 'other' } },
    ]);
    expect(await check(destination, 'accepted', { accepted: accepted.key })).toMatchObject({ missing: 0 });
    await copy();
  });

  test('a blob under an id of its own counts for one blob of its length, and a cut-off one for none', async () => {
    const { destination, copy } = opened().storages;
    await copy();
    const { digest } = content().large;
    const copied = opened().copiedFile(digest);
    const named = join(copied.replace(/blobs\/sha256\/.*$/, 'blobs/id/3f'), '3f2c1a', 'data');
    await mkdir(dirname(named), { recursive: true });
    await rename(copied, named);
    expect(await check(destination, 'named')).toMatchObject({ missing: 0 });
    await rm(named);
    await copy();
  });

  test('a blob that the registry does not serve either was lost before', async () => {
    const { source } = opened().storages;
    const { digest } = content().large;
    const file = opened().blobFile(digest);
    const before = await check(source, 'before');
    await rename(file, `${file}.away`);
    try {
      const closure = await check(source, 'lost');
      expect(closure).toMatchObject({ missing: 0, lost: 1 });
      expect(await rows(closure.key)).toEqual([expect.objectContaining({ digest, problem: 'lost' })]);
      // What was lost before is no news; what was not is missed, though nobody serves it any more.
      expect(await check(source, 'still-lost', { earlier: closure })).toMatchObject({ missing: 0, lost: 1 });
      expect(await check(source, 'lost-since', { earlier: before })).toMatchObject({ missing: 1, lost: 0 });
    } finally {
      await rename(`${file}.away`, file);
    }
  });
}
