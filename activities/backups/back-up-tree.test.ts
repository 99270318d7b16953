// Links stand in the list with their text; what is no link is kept as content.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentKey, type SetObject } from '../../domain/backup/set.ts';
import { watched } from '../../test/backups/watched.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import { inProcessMeter } from '../concurrency/in-process-meter.ts';
import { UNPACED } from '../copying/pace/pace.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import { backUpTree } from './back-up-tree.ts';

const LIST = 'tree.ndjson';
const HEX = 'ab'.padEnd(64, '0');
const REPOSITORY = 'docker/registry/v2/repositories/dev/app';
const LAYER = `${REPOSITORY}/_layers/sha256/${HEX}/link`;
const TAG = `${REPOSITORY}/_manifests/tags/v1/current/link`;
const work = {
  meter: inProcessMeter(new AbortController().signal, IMPATIENT, () => undefined),
  pace: UNPACED,
};

let dir: string;
const put = async (key: string, content: string | Buffer): Promise<void> => {
  await mkdir(dirname(join(dir, 'source', key)), { recursive: true });
  await writeFile(join(dir, 'source', key), content);
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-tree-'));
  for (const place of ['source', 'repository']) await mkdir(join(dir, place));
});
afterEach(async () => await rm(dir, { recursive: true }));

async function backUp(): Promise<{ rows: SetObject[]; reads: string[] }> {
  const { storage: source, reads } = watched(openFilesystemStorage(join(dir, 'source')));
  const repository = openFilesystemStorage(join(dir, 'repository'));
  await backUpTree({ source, repository }, LIST, work);
  const lines = (await readFile(join(dir, 'repository', LIST), 'utf8')).split('\n').filter(Boolean);
  return { rows: lines.map((line) => JSON.parse(line) as SetObject), reads };
}

test('a link whose key tells its text is not read, and one that is damaged comes back whole', async () => {
  await put(LAYER, 'nonsense');
  await put(TAG, `sha256:${HEX}`);
  expect(await backUp()).toEqual({
    rows: [
      { key: LAYER, text: `sha256:${HEX}` },
      { key: TAG, text: `sha256:${HEX}` },
    ],
    reads: [TAG],
  });
});

test('blobs, unfinished uploads and probes are not in it; what sorts before and behind the blobs is', async () => {
  await put('a-first', 'a');
  await put(`docker/registry/v2/blobs/sha256/ab/${HEX}/data`, 'blob');
  await put(`${REPOSITORY}/_uploads/1/data`, 'upload');
  await put('.transship-probe/x', 'probe');
  await put('z-last', 'z');
  const { rows } = await backUp();
  expect(rows.map(({ key }) => key)).toEqual(['a-first', 'z-last']);
});

test('what is no text, or too long for a link, is kept as content', async () => {
  const files = { binary: Buffer.from([0xff, 0xfe, 0x00]), long: Buffer.alloc(5_000, 'x') };
  for (const [key, content] of Object.entries(files)) await put(key, content);
  const { rows } = await backUp();
  const kept = Object.entries(files).map(([key, content]) => ({
    ...{ key, size: content.length },
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  expect(rows).toEqual(kept);
  for (const { key, sha256 } of kept)
    expect(await readFile(join(dir, 'repository', contentKey(sha256)))).toEqual(
      files[key as keyof typeof files],
    );
});

test('a link of the file system is named, and not followed', async () => {
  await symlink('/etc/hostname', join(dir, 'source', 'led-away'));
  const { rows, reads } = await backUp();
  expect(rows).toEqual([{ key: 'led-away', size: expect.any(Number), damaged: expect.any(String) }]);
  expect(reads).toEqual([]);
});
