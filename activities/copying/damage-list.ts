// The damaged objects of a pass as one list with a digest, so that people accept exactly those, and neither as many nor
// others.

import { createHash } from 'node:crypto';
import type { JobFolder } from '../../contracts/registry-activities.ts';
import type { ListedDamage } from '../../contracts/storage-activities.ts';
import { parseRegistryKey } from '../../domain/storage/registry-key.ts';
import { fileOf, type LinesFile } from '../journal/keys.ts';
import { readLines, writeLines } from '../journal/lines.ts';
import type { Storage } from '../storage/storage.ts';
import { damagedInPass } from './work-list.ts';

type Row = { key: string; size: number; damaged: { expected: string; actual: string } };

const listFile = (key: string): LinesFile => ({ kind: 'accepted-damage', key });

export async function listDamage(
  journal: Storage,
  { job, pass, accepted }: { job: JobFolder; pass: number; accepted: string | null },
): Promise<ListedDamage> {
  const known = new Set<string>();
  if (accepted !== null)
    for await (const row of readLines<Row>(journal, listFile(accepted))) known.add(identityOf(row));
  const rows = await Array.fromAsync(damagedInPass(journal, { job, pass }));
  rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  const file = fileOf('accepted-damage', { job, pass });
  await writeLines(journal, file, rows);
  const hash = createHash('sha256');
  for (const row of rows) hash.update(identityOf(row));
  return {
    objects: rows.length,
    unaccepted: rows.filter((row) => !known.has(identityOf(row))).length,
    digest: `sha256:${hash.digest('hex')}`,
    key: file.key,
  };
}

/** The digests that blobs of the list should have had. */
export async function* damagedListed(journal: Storage, key: string): AsyncGenerator<string> {
  for await (const row of readLines<Row>(journal, listFile(key))) {
    const parsed = parseRegistryKey(row.key);
    if (parsed.kind === 'blob') yield `sha256:${parsed.digest}`;
  }
}

/** One that was repaired and damaged otherwise is another one. */
const identityOf = ({ key, damaged }: Row): string => `${key}\n${damaged.actual}\n`;
