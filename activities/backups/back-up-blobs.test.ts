// Blobs go into the content under what they hold, once, and are not read again.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentKey, type SetObject } from '../../domain/backup/set.ts';
import { watched } from '../../test/backups/watched.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import { inProcessMeter } from '../concurrency/in-process-meter.ts';
import { UNPACED } from '../copying/pace/pace.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import { backUpBlobs, countBlobs } from './back-up-blobs.ts';

const LIST = 'blobs.ndjson';
const work = {
  meter: inProcessMeter(new AbortController().signal, IMPATIENT, () => undefined),
  pace: UNPACED,
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyOf = (text: string): string =>
  `docker/registry/v2/blobs/sha256/${sha256(text).slice(0, 2)}/${sha256(text)}/data`;
const byId = (id: string): string => `docker/registry/v2/blobs/id/${id.slice(0, 2)}/${id}/data`;

let dir: string;
const at = (place: 'source' | 'repository', key: string): string => join(dir, place, key);
const put = async (place: 'source' | 'repository', key: string, text: string): Promise<void> => {
  await mkdir(dirname(at(place, key)), { recursive: true });
  await writeFile(at(place, key), text);
};
async function* listed(rows: SetObject[]): AsyncGenerator<SetObject> {
  yield* rows;
}
const rows = async (): Promise<SetObject[]> =>
  (await readFile(at('repository', LIST), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SetObject);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-blobs-'));
  for (const place of ['source', 'repository']) await mkdir(join(dir, place));
});
afterEach(async () => await rm(dir, { recursive: true }));

/** Also which objects of the source were read. */
async function backUp(before: SetObject[] = []) {
  const { storage: source, reads } = watched(openFilesystemStorage(join(dir, 'source')));
  const repository = openFilesystemStorage(join(dir, 'repository'));
  const sides = { source, repository };
  const planned = await countBlobs(sides, listed(before), work.meter);
  const { content } = await backUpBlobs(sides, { key: LIST, before: listed(before) }, work);
  return { content, planned, reads, rows: await rows() };
}

test('each blob lies under its digest, and what is there is not read again', async () => {
  await put('source', keyOf('one'), 'one');
  await put('source', keyOf('three'), 'three');
  const first = await backUp();
  expect(first.content).toEqual({ blobs: 2, bytes: 8, newBlobs: 2, newBytes: 8 });
  expect(first.planned).toEqual(first.content);
  expect(await readFile(at('repository', contentKey(sha256('one'))), 'utf8')).toBe('one');
  const second = await backUp();
  expect(second.content).toEqual({ blobs: 2, bytes: 8, newBlobs: 0, newBytes: 0 });
  expect(second.reads).toEqual([]);
  expect(second.rows).toEqual(first.rows);
});

test('a blob whose key does not tell its digest is known by the set before', async () => {
  await put('source', byId('ab-1'), 'named by an id');
  await put('source', byId('cd-2'), 'named by an id');
  const first = await backUp();
  expect(first.rows).toEqual(
    ['ab-1', 'cd-2'].map((id) => ({ key: byId(id), size: 14, sha256: sha256('named by an id') })),
  );
  // The same bytes are kept once.
  expect(first.content).toMatchObject({ blobs: 2, newBlobs: 1 });
  const second = await backUp(first.rows);
  expect(second.reads).toEqual([]);
  expect(second.rows).toEqual(first.rows);
  expect(second.planned.newBlobs).toBe(0);
});

test('content of another length than it must have is written again', async () => {
  await put('source', keyOf('whole'), 'whole');
  await put('repository', contentKey(sha256('whole')), 'who');
  expect((await backUp()).content.newBlobs).toBe(1);
  expect(await readFile(at('repository', contentKey(sha256('whole'))), 'utf8')).toBe('whole');
});

test('a damaged blob is named and kept nowhere, and the others go on', async () => {
  await put('source', keyOf('right'), 'wrong');
  await put('source', keyOf('well'), 'well');
  const { rows: found, content } = await backUp();
  expect(content.blobs).toBe(1);
  expect(found).toContainEqual({ key: keyOf('well'), size: 4, sha256: sha256('well') });
  expect(found).toContainEqual({
    ...{ key: keyOf('right'), size: 5 },
    damaged: `${sha256('wrong')} instead of ${sha256('right')}`,
  });
  for (const text of ['right', 'wrong'])
    await expect(readFile(at('repository', contentKey(sha256(text))))).rejects.toMatchObject({
      code: 'ENOENT',
    });
});
