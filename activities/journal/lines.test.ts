import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ObjectNotFoundError } from '../storage/errors.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import type { Storage } from '../storage/storage.ts';
import { fileOf } from './keys.ts';
import { readLines, readList, writeLines } from './lines.ts';

const FILE = fileOf('tags', { job: 'jobs/test', name: 'before' });
const NONE = fileOf('tags', { job: 'jobs/test', name: 'none' });
/** Keys may hold line separators that are none of NDJSON. */
const ROWS = [{ tag: 'a' }, { tag: 'b\u2028c\u0085\r\n', digest: 'ä' }, { tag: 'd' }];

let folder: string;
let journal: Storage;
let whole: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transship-lines-'));
  journal = openFilesystemStorage(folder);
  await writeLines(journal, FILE, ROWS);
  whole = await readFile(join(folder, FILE.key));
});
afterAll(() => rm(folder, { recursive: true }));

async function* streamed<T>(rows: T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}

async function* failing(): AsyncGenerator<object> {
  yield await Promise.resolve({ tag: 'a' });
  throw new Error('no more tags');
}

/** A journal whose files all hold these bytes, in such chunks. */
const holding = (bytes: Buffer, chunkBytes = bytes.length): Storage =>
  Object.assign(Object.create(journal) as Storage, {
    read: () =>
      Promise.resolve(
        Readable.from(
          Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, n) =>
            bytes.subarray(n * chunkBytes, (n + 1) * chunkBytes),
          ),
        ),
      ),
  });
const reading = (bytes: Buffer | string): Promise<unknown> => readList(holding(Buffer.from(bytes)), FILE);
const damaged = (message: RegExp) => ({ type: 'JournalDamaged', message: expect.stringMatching(message) });

test('lists of any length are read as they were written', async () => {
  for (const rows of [[], ROWS.slice(0, 1), ROWS, Array.from({ length: 5000 }, (_, n) => ({ n }))]) {
    await writeLines(journal, NONE, rows);
    expect(await readList(journal, NONE)).toEqual(rows);
  }
  await journal.remove([NONE.key]);
});

test('a list that comes bit by bit becomes the same file', async () => {
  await writeLines(journal, NONE, streamed(ROWS));
  expect(await readFile(join(folder, NONE.key))).toEqual(whole);
  await journal.remove([NONE.key]);
});

test('in whatever chunks it comes', async () => {
  for (const chunkBytes of [1, 2, 7, 64])
    expect(await readList(holding(whole, chunkBytes), FILE)).toEqual(ROWS);
});

test('there may be none', async () => {
  expect(await readList(journal, NONE)).toBeUndefined();
  await expect(readLines(journal, NONE).next()).rejects.toBeInstanceOf(ObjectNotFoundError);
});

test('people can check it: the last line has the digest of those before it', () => {
  const sum = execFileSync('sh', ['-c', 'head -n -1 "$1" | sha256sum', 'sh', join(folder, FILE.key)]);
  const foot = whole.toString().trimEnd().split('\n').at(-1) as string;
  expect(JSON.parse(foot)).toEqual({ end: { lines: 3, digest: `sha256:${sum.toString().split(' ')[0]}` } });
});

test('a list that fails while it is made leaves nothing behind', async () => {
  await expect(writeLines(journal, NONE, failing())).rejects.toThrow('no more tags');
  expect(await journal.stat(NONE.key)).toBeUndefined();
});

describe('is damaged', () => {
  test('when it was cut off anywhere', async () => {
    for (let length = 0; length < whole.length; length += 1)
      await expect(reading(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject(
        damaged(/^jobs\/test\/tags-before.ndjson in the journal/),
      );
  });

  test('when any byte is another', async () => {
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1;
      await expect(reading(flipped), `byte ${at}`).rejects.toMatchObject({ type: 'JournalDamaged' });
    }
  });

  test('when a line is gone, is there twice, or something follows the last one', async () => {
    const all = whole.toString();
    const lines = all.split(/(?<=\n)/);
    const without = [...lines.slice(0, 2), ...lines.slice(3)].join('');
    const twice = [...lines.slice(0, 2), ...lines.slice(1)].join('');
    for (const changed of [without, twice, all + lines[1], all + all])
      await expect(reading(changed)).rejects.toMatchObject({ type: 'JournalDamaged' });
  });

  test.each([
    ['nothing', '', /was cut off/],
    ['a page', '<html>\n</html>\n', /is no JSON/],
    ['lines of something else', '{"tag":"a"}\n{"tag":"b"}\n', /is no file of ours/],
    ['values that are no objects', 'null\n1\n', /is no file of ours/],
    ['another kind', '{"format":"transship/work@1"}\n{"end":{}}\n', /is transship\/work@1, not/],
    ['a newer version', '{"format":"transship/tags@2"}\n{"end":{}}\n', /of a newer version/],
    ['a line without end', 'x'.repeat(17 * 1024 ** 2), /a line without end/],
  ])('when it holds %s', async (_what, content, message) => {
    await expect(reading(content)).rejects.toMatchObject(damaged(message));
  });

  test('and what a reader had of it before it knew was right', async () => {
    const rows: unknown[] = [];
    const cut = async (): Promise<void> => {
      for await (const row of readLines(holding(whole.subarray(0, -60)), FILE)) rows.push(row);
    };
    await expect(cut()).rejects.toMatchObject({ type: 'JournalDamaged' });
    expect(ROWS.slice(0, rows.length)).toEqual(rows);
  });
});
