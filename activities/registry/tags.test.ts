// The difference of two lists of tags, and of the manifests without a tag beside them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileOf } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import { rowsIn } from '../../test/journal/rows.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import { compareTags, mergeTags, type TagRow } from './tags.ts';

async function* streamOf<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('merging an empty list with another makes all of it new or gone', async () => {
  const row: TagRow = { repository: 'a/b', tag: 'v1', digest: 'sha256:1' };
  expect(await collect(mergeTags(streamOf<TagRow>([]), streamOf([row])))).toEqual([
    { repository: 'a/b', tag: 'v1', before: null, after: 'sha256:1' },
  ]);
  expect(await collect(mergeTags(streamOf([row]), streamOf<TagRow>([])))).toEqual([
    { repository: 'a/b', tag: 'v1', before: 'sha256:1', after: null },
  ]);
});

const row = (tag: string | null, digest: string, repository = 'a/b') => ({ repository, tag, digest });

test('a manifest without a tag that is gone is removed; one that has a tag now is not', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'transship-tags-'));
  const journal = openFilesystemStorage(dir);
  const job = 'jobs/a/b';
  const write = async (name: string, tags: object[], untagged: object[]): Promise<string> => {
    await writeLines(journal, fileOf('tags', { job, name }), tags);
    await writeLines(journal, fileOf('untagged', { job, name }), untagged);
    return fileOf('tags', { job, name }).key;
  };
  const before = await write('before', [row('v1', '1')], [row(null, '2'), row(null, '3'), row(null, '4')]);
  const after = await write(
    'after',
    [row('v1', '1'), row('v2', '2')],
    [row(null, '3'), row(null, '4', 'a/c')],
  );
  const compared = await compareTags(journal, { job, before, after, name: 'lost' });
  expect(compared).toMatchObject({ unchanged: 1, added: 1, changed: 0, removed: 1, untagged: 1 });
  // Pushed by digest: a way back would lose it.
  expect(await rowsIn(journal, compared.key)).toContainEqual({
    repository: 'a/c',
    tag: '(untagged)',
    before: null,
    after: '4',
  });
  expect(await rowsIn(journal, compared.key)).toContainEqual({
    repository: 'a/b',
    tag: '(untagged)',
    before: '4',
    after: null,
  });
  await rm(dir, { recursive: true });
});
