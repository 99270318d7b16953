// A product that tells what a collection would remove: exactly that, and it removes nothing by telling.

import { access } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeImage } from '../../../lab/content/images.ts';
import { textLayer } from '../../../lab/content/layers.ts';
import { prod, type Subject } from './subject.ts';

export function previews({ opened, run, once, push, rows, verify }: Subject): void {
  const preview = async (job: string, agreed: string | null = null) => {
    const found = await run('previewCollection', { ...once(job), name: 'all', agreed });
    const listed = (await rows(found.key)) as { digest: string; needed: boolean }[];
    return { ...found, digests: listed.filter(({ needed }) => !needed).map(({ digest }) => digest) };
  };

  test('what no image needs is listed, removed when it is collected, and nothing else', async () => {
    const before = await preview('jobs/preview-before');
    const doomed = makeImage('docker', 'doomed', [await textLayer('doomed', 3_000)]);
    await push('dev/app', 'doomed', doomed);
    const whilePushed = await preview('jobs/preview-pushed');
    expect(whilePushed.digests).toEqual(before.digests);
    await opened().loseManifest('dev/app', doomed.digest);

    const found = await preview('jobs/preview', before.key);
    const layer = doomed.blobs.at(-1)!.digest;
    expect(found.digests).toEqual(expect.arrayContaining([layer, doomed.digest]));
    expect(found).toMatchObject({ blobs: found.digests.length, digest: expect.stringMatching(/^sha256:/) });
    // It came after people were asked. Of what an image needed then nobody has agreed to anything.
    expect(found.unexpected).toBe(0);
    const since = await preview('jobs/preview-since', whilePushed.key);
    expect(since.unexpected).toBe(since.blobs - before.blobs);
    expect({ ...since, key: '', unexpected: 0 }).toEqual({ ...found, key: '' });
    await access(opened().blobFile(layer));

    await run('setReadOnly', { ...prod, readOnly: true });
    await run('collectGarbage', once('jobs/collect-previewed'));
    await run('setReadOnly', { ...prod, readOnly: false });
    for (const digest of found.digests)
      await expect(access(opened().blobFile(digest))).rejects.toThrow('ENOENT');
    expect(await preview('jobs/preview-after')).toMatchObject({ blobs: 0 });

    await opened().onRegistry(async (registry) => await registry.removeTag('dev/app', 'doomed'));
    const job = 'jobs/after-preview';
    const { key: snapshot, tags } = await run('snapshotTags', { ...prod, job, name: 'all' });
    expect(await verify({ job, snapshot, sample: 3 })).toMatchObject({ tags, problems: 0 });
  });
}
