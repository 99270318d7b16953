// Tags: all of them, over all pages, in byte order, and what differs between two lists.

import { expect, test } from 'vitest';
import { makeImage } from '../../../lab/content/images.ts';
import { prod, type Subject } from './subject.ts';

export function tags({ opened, content, run, push, rows }: Subject): void {
  test('snapshots of tags are in byte order over all pages, and compare as a merge', async () => {
    const job = 'jobs/tags';
    const { app, index, shared } = content();
    const tags = Array.from({ length: 203 }, (_, number) => `t${number}`);
    await opened().createRepository('dev/many');
    await push('dev/many', 't0', app);
    for (const tag of tags)
      await opened().client.pushManifest('dev/many', tag, { mediaType: app.mediaType, bytes: app.manifest });

    const before = await run('snapshotTags', { ...prod, job, name: 'before' });
    expect(before).toMatchObject({ repositories: 5, tags: 207, key: 'jobs/tags/tags-before.ndjson' });
    const listed = (await rows(before.key)) as { repository: string; tag: string; digest: string }[];
    const names = listed.map(({ repository, tag }) => `${repository}:${tag}`);
    expect(names).toEqual([...names].sort());
    expect(names.indexOf('dev/app-base:v1')).toBeLessThan(names.indexOf('dev/app:v1'));
    expect(new Set(names).size).toBe(207);
    expect(listed.find(({ repository }) => repository === 'dev/multi')?.digest).toBe(index.digest);

    const moved = makeImage('docker', 'moved', [shared]);
    await push('dev/app', 'latest', moved);
    await push('dev/app', 'v2', moved);
    await opened().onRegistry(async (registry) => await registry.removeTag('dev/many', 't7'));
    const after = await run('snapshotTags', { ...prod, job, name: 'after' });
    const comparison = await run('compareTags', {
      job,
      before: before.key,
      after: after.key,
      name: 'since',
    });
    expect(comparison).toMatchObject({ unchanged: 205, added: 1, changed: 1, removed: 1 });
    expect(await rows(comparison.key)).toEqual([
      { repository: 'dev/app', tag: 'latest', before: app.digest, after: moved.digest },
      { repository: 'dev/app', tag: 'v2', before: null, after: moved.digest },
      { repository: 'dev/many', tag: 't7', before: app.digest, after: null },
    ]);
  });
}
