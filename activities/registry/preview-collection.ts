// What a collection would remove, as a list with a digest: people agree to exactly this, and not to a number. What is found
// later is compared with it: garbage that an image needed then was not agreed to.

import { createHash } from 'node:crypto';
import type { CollectionPreview } from '../../contracts/registry-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf } from '../journal/keys.ts';
import { readLines, writeLines } from '../journal/lines.ts';
import type { Storage } from '../storage/storage.ts';
import type { ControlPlane, PlannedRun } from './control-plane.ts';
import { requireDigest } from './names.ts';

type Row = { digest: string; needed: boolean };

export async function previewCollection(
  registry: ControlPlane,
  journal: Storage,
  { name, agreed, ...run }: PlannedRun & { name: string; agreed: string | null },
): Promise<CollectionPreview> {
  if (registry.previewCollection === undefined)
    throw new TransshipError(
      'InvalidInput',
      `${registry.name} is a registry of kind "${registry.kind}", which cannot tell what a collection would remove.`,
    );
  const found = new Map<string, boolean>();
  for await (const { digest, needed } of registry.previewCollection(run)) {
    found.set(requireDigest(digest), needed || found.get(digest) === true);
    registry.meter.moved({ looked: found.size });
  }
  const rows = [...found].map(([digest, needed]): Row => ({ digest, needed }));
  rows.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const file = fileOf('garbage', { job: run.job, name });
  await writeLines(journal, file, rows);

  const garbage = new Set(rows.filter(({ needed }) => !needed).map(({ digest }) => digest));
  let unexpected = 0;
  if (agreed !== null)
    for await (const row of readLines<Row>(journal, { kind: 'garbage', key: agreed }))
      if (row.needed && garbage.has(row.digest)) unexpected += 1;
  const hash = createHash('sha256');
  for (const digest of garbage) hash.update(`${digest}\n`);
  return { blobs: garbage.size, unexpected, digest: `sha256:${hash.digest('hex')}`, key: file.key };
}
