// What a pass has to do and what became of it, as NDJSON files in the journal, in the folder `pass-<n>` of the job:
//
//   plan.json             written when all work lists are; makes the planning of a pass once-only
//   work-00000.ndjson     a shard: at most 500 objects or about 1 GiB
//   result-00000.ndjson   what became of its objects so far; replaced as a whole after each batch

import { text } from 'node:stream/consumers';
import type { Proof } from '../../contracts/migration.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import { writeText } from '../journal/record.ts';
import type { Storage } from '../storage/storage.ts';

export type WorkItem = { op: 'copy' | 'remove'; key: string; size: number };

export type WorkResult =
  | { key: string; size: number; sha256: string; proof: Proof }
  | { key: string; size: number; damaged: { expected: string; actual: string } }
  | { key: string; vanished: true }
  | { key: string; removed: true };

type PassFolder = { job: string; pass: number };

const folderOf = ({ job, pass }: PassFolder): string => `${job}/pass-${pass}`;
const numbered = (kind: string, shard: number): string => `${kind}-${String(shard).padStart(5, '0')}.ndjson`;

export const planKey = (pass: PassFolder): string => `${folderOf(pass)}/plan.json`;
export const workKey = (pass: PassFolder, shard: number): string =>
  `${folderOf(pass)}/${numbered('work', shard)}`;
export const resultKey = (pass: PassFolder, shard: number): string =>
  `${folderOf(pass)}/${numbered('result', shard)}`;

/** undefined: there is no such file. */
export async function readLines<T>(
  journal: Storage,
  key: string,
  signal: AbortSignal,
): Promise<T[] | undefined> {
  try {
    const found = await text(await journal.read(key, { signal }));
    const lines = found.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as T);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

export async function writeLines(journal: Storage, key: string, lines: unknown[]): Promise<void> {
  await writeText(journal, key, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
