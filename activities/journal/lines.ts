// Lists of any length in the journal, one JSON value a line between a head and a foot:
//
//   {"format":"transship/tags@1"}
//   …
//   {"end":{"lines":207,"digest":"sha256:…"}}
//
// with the digest over all bytes before the foot: `head -n -1 FILE | sha256sum`. Memory stays flat: a reader gets the
// lines as they come, and learns at the end whether they are all of them.

import { createHash } from 'node:crypto';
import { splitLines } from '../storage/bytes/split-lines.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';
import { writeByDisk } from '../storage/write-by-disk.ts';
import { formatOf, journalDamaged, requireFormat } from './format.ts';
import type { LinesFile } from './keys.ts';
import { writeBytes } from './text.ts';

type Options = { signal?: AbortSignal };

/**
 * `JournalDamaged` unless the list is as it was written, `ObjectNotFoundError` if there is none. A flaw may show only
 * after all lines have been given: whoever counts on having had all of them reads to the end.
 */
export async function* readLines<T>(
  journal: Storage,
  file: LinesFile,
  options: Options = {},
): AsyncGenerator<T> {
  const hash = createHash('sha256');
  let count = 0;
  let before: Buffer | undefined;
  const fail = (problem: string): Error => journalDamaged(file, problem);
  for await (const line of splitLines(await journal.read(file.key, options), fail)) {
    // One line late, because only the end of the file tells which one is the foot.
    if (before !== undefined) {
      const value = parsed(before, file);
      hash.update(before);
      if (count === 0) requireFormat(file, (value as { format?: unknown } | null)?.format);
      else yield value as T;
      count += 1;
    }
    before = line;
  }
  const foot = before && (parsed(before, file) as { end?: Partial<Foot> } | null)?.end;
  if (count === 0 || foot === undefined) throw journalDamaged(file, 'was cut off: it has no last line');
  if (foot.lines !== count - 1 || foot.digest !== `sha256:${hash.digest('hex')}`)
    throw journalDamaged(file, 'does not hold what its last line names');
}

/** All of a list that fits into memory; undefined: there is no such file. */
export async function readList<T>(
  journal: Storage,
  file: LinesFile,
  options: Options = {},
): Promise<T[] | undefined> {
  try {
    return await Array.fromAsync(readLines<T>(journal, file, options));
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

/** `rows` that are no array go to a temporary file first: a storage wants to know size and digest before the first byte. */
export async function writeLines(
  journal: Storage,
  file: LinesFile,
  rows: readonly unknown[] | AsyncIterable<unknown>,
): Promise<void> {
  if (Symbol.asyncIterator in rows) await writeByDisk(journal, file.key, written(file, rows));
  else await writeBytes(journal, file, Buffer.concat(await Array.fromAsync(written(file, rows))));
}

type Foot = { lines: number; digest: string };

async function* written(
  file: LinesFile,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const hashed = (value: unknown): Buffer => {
    const line = lineOf(value);
    hash.update(line);
    return line;
  };
  yield hashed({ format: formatOf(file.kind) });
  let lines = 0;
  for await (const row of rows) {
    lines += 1;
    yield hashed(row);
  }
  yield lineOf({ end: { lines, digest: `sha256:${hash.digest('hex')}` } satisfies Foot });
}

const lineOf = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

function parsed(line: Buffer, file: LinesFile): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    throw journalDamaged(file, 'has a line that is no JSON: something else wrote it');
  }
}
