// Small records in the journal: states saved before something dangerous, results that make a step once-only. A file is
//
//   { "format": "transship/plan@1", "digest": "sha256:…", "value": … }
//
// with the digest over the canonical JSON of the value (domain/canonical-json.ts), so that white space does not count.

import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { Tries } from '../concurrency/patience.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';
import { formatOf, journalDamaged, requireFormat } from './format.ts';
import type { RecordFile } from './keys.ts';
import { writeBytes } from './text.ts';

/** undefined: there is no such file. `JournalDamaged` unless it is as it was written. */
export async function readRecord<T>(journal: Storage, file: RecordFile): Promise<T | undefined> {
  let text: string;
  try {
    text = (await buffer(await journal.read(file.key))).toString();
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
  const { format, digest, value } = parsed(text, file);
  requireFormat(file, format);
  if (value === undefined || digest !== digestOf(value))
    throw journalDamaged(file, 'does not hold what its digest names');
  return value as T;
}

/** Resolves with the digest that the file carries. */
export async function writeRecord(journal: Storage, file: RecordFile, value: unknown): Promise<string> {
  const { digest, bytes } = written(file, value);
  await writeBytes(journal, file, bytes);
  return digest;
}

/**
 * Writes it only where there is no such file; false: there is one by now. The value must be one that nobody else writes,
 * because it is read back: an answer can be lost, and where the storage lets two in the last of them has won.
 */
export async function createRecord(
  journal: Storage,
  file: RecordFile,
  value: unknown,
  { signal, patience }: Pick<Meter, 'signal' | 'patience'>,
): Promise<boolean> {
  const { digest, bytes } = written(file, value);
  const made = await journal.create(file.key, bytes, { signal });
  if (made === undefined) {
    if ((await journal.stat(file.key, { signal })) !== undefined) return false;
    await writeBytes(journal, file, bytes);
  }
  // Whoever found nothing at the same moment has written by then.
  if (made === undefined || (made && journal.letsInTwo === true))
    await new Tries(patience.settled).next(signal);
  const found = await readRecord<unknown>(journal, file);
  return found !== undefined && digestOf(found) === digest;
}

function written(file: RecordFile, value: unknown): { digest: string; bytes: Buffer } {
  const digest = digestOf(value);
  const record = { format: formatOf(file.kind), digest, value };
  return { digest, bytes: Buffer.from(`${JSON.stringify(record, null, 2)}\n`) };
}

const digestOf = (value: unknown): string =>
  `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;

function parsed(text: string, file: RecordFile): { format?: unknown; digest?: unknown; value?: unknown } {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    throw journalDamaged(file, 'is no JSON: it was cut off, or something else wrote it');
  }
}
