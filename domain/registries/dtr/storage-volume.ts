// How DTR is told of a storage that lies on its hosts.

import type { StorageEntry, StorageKind } from '../../../contracts/inventory.ts';

/** What names such a storage to the bootstrapper: `--dtr-storage-volume`, or `--nfs-storage-url` with its options. */
export type StorageOnHosts = { volume: string } | { nfs: { url: string; options: string | null } };

/** `default` is `--dtr-use-default-storage`, else `--dtr-storage-volume NAME`. */
export type RestoreStorage = { use: 'default' } | { use: 'volume'; volume: string };

export type ToldAs = StorageKind | 'nfs';

/**
 * The value of `--dtr-storage-volume`: a volume's name or a full path (dtr-msr.md §1.3); null for any other kind, and
 * for a folder within a named volume, which DTR cannot be told of.
 */
export function storageVolumeOf(entry: StorageEntry): string | null {
  if (entry.kind !== 'host') return null;
  if (entry.path !== undefined) return withSubdirectory(entry.path, entry.subdirectory);
  return entry.subdirectory === undefined ? (entry.volume ?? null) : null;
}

/** The values of `--nfs-storage-url` and `--nfs-options`; null: it is no NFS export. */
export function nfsStorageOf(entry: StorageEntry): { url: string; options: string | null } | null {
  if (entry.kind !== 'host' || entry.nfs === undefined) return null;
  const { url, options = null } = entry.nfs;
  return { url: withSubdirectory(url, entry.subdirectory), options };
}

/** As what DTR is told of a storage; null: it cannot be told of it. An export has other flags than a volume or folder. */
export function toldAs(entry: StorageEntry): ToldAs | null {
  if (entry.kind !== 'host') return entry.kind;
  if (nfsStorageOf(entry) !== null) return 'nfs';
  return storageVolumeOf(entry) === null ? null : 'host';
}

/** The storage flag of `restore`; a storage that has none comes up on the default and is switched. */
export function restoreStorageOf(entry: StorageEntry): RestoreStorage {
  const volume = storageVolumeOf(entry);
  return volume === null ? { use: 'default' } : { use: 'volume', volume };
}

const withSubdirectory = (place: string, subdirectory: string | undefined): string =>
  subdirectory === undefined
    ? place
    : `${place.replace(/\/+$/, '')}/${subdirectory.replaceAll(/^\/+|\/+$/g, '')}`;
