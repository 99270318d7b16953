// What a collection would remove, as a list with a digest: people agree to exactly this, and not to a number.

import { createHash } from 'node:crypto';
import type { CollectionPreview } from '../../contracts/registry-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import type { Storage } from '../storage/storage.ts';
import type { ControlPlane, PlannedRun } from './control-plane.ts';
import { requireDigest } from './names.ts';

export async function previewCollection(
  registry: ControlPlane,
  journal: Storage,
  run: PlannedRun,
): Promise<CollectionPreview> {
  if (registry.previewCollection === undefined)
    throw new TransshipError(
      'InvalidInput',
      `${registry.name} is a registry of kind "${registry.kind}", which cannot tell what a collection would remove.`,
    );
  const digests: string[] = [];
  for await (const digest of registry.previewCollection(run)) {
    digests.push(requireDigest(digest));
    registry.meter.moved({ garbage: digests.length });
  }
  digests.sort();
  const file = fileOf('garbage', run);
  await writeLines(
    journal,
    file,
    digests.map((digest) => ({ digest })),
  );
  const hash = createHash('sha256');
  for (const digest of digests) hash.update(`${digest}\n`);
  return { blobs: digests.length, digest: `sha256:${hash.digest('hex')}`, key: file.key };
}
