// The difference of two lists of tags.

import { expect, test } from 'vitest';
import { mergeTags, type TagRow } from './tags.ts';

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
