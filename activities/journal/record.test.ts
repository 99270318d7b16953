import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import type { Storage } from '../storage/storage.ts';
import { fileOf } from './keys.ts';
import { readRecord, writeRecord } from './record.ts';
import { sha256 } from '../../test/support/digests.ts';

const FILE = fileOf('collection', { job: 'jobs/test' });
const VALUE = { b: [{ action: 'onlinegc', capacityMap: null }], a: 'ä', left: undefined };
const HELD = { b: VALUE.b, a: VALUE.a };

let folder: string;
let journal: Storage;
let whole: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transship-record-'));
  journal = openFilesystemStorage(folder);
  await writeRecord(journal, FILE, VALUE);
  whole = await readFile(join(folder, FILE.key));
});
afterAll(() => rm(folder, { recursive: true }));

/** A journal whose files all hold these bytes. */
const holding = (bytes: Buffer | string): Storage =>
  Object.assign(Object.create(journal) as Storage, {
    read: () => Promise.resolve(Readable.from([Buffer.from(bytes)])),
  });
const reading = (bytes: Buffer | string): Promise<unknown> => readRecord(holding(bytes), FILE);
const damaged = (message: RegExp) => ({ type: 'JournalDamaged', message: expect.stringMatching(message) });

test('a record is read as it was written', async () => {
  expect(await readRecord(journal, FILE)).toEqual(HELD);
});

test('there may be none', async () => {
  expect(await readRecord(journal, fileOf('collection', { job: 'jobs/none' }))).toBeUndefined();
});

test('its file names its format and the digest of its value', () => {
  expect(JSON.parse(whole.toString())).toEqual({
    format: 'transship/collection@1',
    digest: `sha256:${sha256(canonicalJson(HELD))}`,
    value: HELD,
  });
});

test('white space does not count', async () => {
  expect(await reading(JSON.stringify(JSON.parse(whole.toString())))).toEqual(HELD);
});

describe('is damaged', () => {
  test('when it was cut off anywhere', async () => {
    // Without its last byte, a newline, it is whole.
    for (let length = 0; length < whole.length - 1; length += 1)
      await expect(reading(whole.subarray(0, length))).rejects.toMatchObject(
        damaged(/^jobs\/test\/collection/),
      );
  });

  test('when any byte is another', async () => {
    for (let at = 0; at < whole.length - 1; at += 1) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1;
      await expect(reading(flipped), `byte ${at}`).rejects.toMatchObject({ type: 'JournalDamaged' });
    }
  });

  test.each([
    ['nothing', '', /is no JSON/],
    ['a page', '<html></html>', /is no JSON/],
    ['null', 'null', /is no file of ours/],
    ['JSON of something else', '{"version": 3}', /is no file of ours/],
    ['no value', '{"format": "transship/collection@1"}', /does not hold/],
    ['another kind', '{"format": "transship/claim@1", "value": {}}', /is transship\/claim@1, not/],
    ['a newer version', '{"format": "transship/collection@2", "value": {}}', /of a newer version/],
  ])('when it holds %s', async (_what, content, message) => {
    await expect(reading(content)).rejects.toMatchObject(damaged(message));
  });
});
