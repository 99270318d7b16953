// The switch to a cloud storage that keeps the tags: `PUT /admin/settings/registry` with `keep_metadata: true` (release
// notes of DTR 2.6.6). Without that field a switch erases every tag (S0), so it is sent here and nowhere else.

import type { S3StorageEntry } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { clusterReplicas, clusterStatus } from './cluster.ts';
import { storageSettingsShape, type StorageSettings } from './dtr-shapes.ts';
import { healthProblem } from './health.ts';
import type { Registry } from './open-registry.ts';
import { sectionFor, showsDestination } from './storage-section.ts';
import { waitUntil } from './wait-until.ts';

const SETTINGS_PATH = 'admin/settings/registry';

/** Idempotent: a registry that shows the destination already is only waited for. */
export async function switchStorageKeepingMetadata(
  registry: Registry,
  environment: Environment,
  destination: string,
): Promise<void> {
  const entry = s3Entry(environment, destination);
  const current = await registry.api.get(SETTINGS_PATH, storageSettingsShape);
  if (!showsDestination(current.storage, entry)) {
    const storage = await sectionFor(current.storage, entry, environment.resolveSecret.bind(environment));
    const changed: StorageSettings & { keep_metadata: true } = { ...current, storage, keep_metadata: true };
    await registry.api.put(SETTINGS_PATH, changed);
  }
  await waitUntil(registry.progress, async () => {
    const problem = await healthProblem(registry, clusterReplicas(await clusterStatus(registry.api)));
    if (problem !== undefined) return problem;
    const { storage } = await registry.api.get(SETTINGS_PATH, storageSettingsShape);
    return showsDestination(storage, entry) ? undefined : `the registry to show the storage ${destination}`;
  });
}

function s3Entry(environment: Environment, destination: string): S3StorageEntry {
  const entry = environment.inventory.storages[destination];
  if (entry?.kind === 's3') return entry;
  throw new TransshipError(
    'InvalidInput',
    `The registry's API can be pointed at storages of kind s3; "${destination}" is ${entry === undefined ? 'not in the inventory' : `of kind ${entry.kind}`}.`,
  );
}
