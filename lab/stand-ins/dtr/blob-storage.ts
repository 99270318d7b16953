// Opens the storage that a replica's settings name.

import type { BlobStorage } from './blob-layout.ts';
import type { ReplicaRecord, StandInConfig } from './cluster.ts';
import { directoryStorage } from './directory-blob-storage.ts';
import type { CloudDriver, StorageTarget } from './settings.ts';
import { createNfsVolume, createVolume, mountpoint } from './volumes.ts';

/** The volume that a replica keeps its blobs in; undefined for storages that are not volumes. */
export function volumeOf(target: StorageTarget, replica: string): string | undefined {
  if (target.driver !== 'filesystem') return undefined;
  if (target.nfsHost !== '') return `dtr-registry-nfs-${replica}`;
  return target.volume === '' ? `dtr-registry-${replica}` : target.volume;
}

/** A volume that does not exist yet comes into being empty, as Docker does it. */
export async function openBlobStorage(
  config: StandInConfig,
  replica: Pick<ReplicaRecord, 'id' | 'node'>,
  target: StorageTarget,
): Promise<BlobStorage> {
  if (target.driver !== 'filesystem') return CLOUDS[target.driver](target.parameters, config);
  const volume = volumeOf(target, replica.id) as string;
  if (target.nfsHost === '') await createVolume(config, replica.node, volume);
  else await createNfsVolume(config, replica.node, volume, { host: target.nfsHost, path: target.nfsPath });
  return directoryStorage(mountpoint(config, replica.node, volume));
}

/** Loaded only where a cluster keeps its blobs there: SDKs take longer to load than most of the stand-in's commands take to run. */
const CLOUDS: Record<
  CloudDriver,
  (parameters: Record<string, unknown>, config: StandInConfig) => Promise<BlobStorage>
> = {
  s3: async (parameters) => (await import('./s3-blob-storage.ts')).s3Storage(parameters),
  azure: async (parameters) => (await import('./azure-blob-storage.ts')).azureStorage(parameters),
  gcs: async (parameters, { googleFront }) =>
    (await import('./gcs-blob-storage.ts')).gcsStorage(parameters, googleFront),
  swift: async (parameters) => (await import('./swift-blob-storage.ts')).swiftStorage(parameters),
};
