// How DTR is told of a storage that lies on its hosts.

import type { StorageEntry, StorageKind } from '../../../contracts/inventory.ts';
import { type NfsStorage, nfsVolumeOf } from './nfs-volume.ts';

/**
 * What names such a storage to `reconfigure`: `--dtr-storage-volume`, `--nfs-storage-url` with its options, or that with
 * nothing, which leaves NFS for the volume that each replica makes for itself.
 */
export type StorageOnHosts = { volume: string } | { nfs: NfsStorage } | { own: true };

/** `default` is `--dtr-use-default-storage`, else `--dtr-storage-volume NAME`. */
export type RestoreStorage = { use: 'default' } | { use: 'volume'; volume: string };

export type ToldAs = StorageKind | 'nfs';

const OWN_VOLUME = /^dtr-registry-[0-9a-f]{12}$/;

/**
 * The value of `--dtr-storage-volume`: a volume's name or a full path (dtr-msr.md §1.3); null for any other kind, and
 * for a folder within a named volume, which DTR cannot be told of.
 */
export function storageVolumeOf(entry: StorageEntry): string | null {
  if (entry.kind !== 'host') return null;
  if (entry.path !== undefined) return withSubdirectory(entry.path, entry.subdirectory);
  return entry.subdirectory === undefined ? (entry.volume ?? null) : null;
}

/** null: it is no NFS export. */
export function nfsStorageOf(entry: StorageEntry): NfsStorage | null {
  if (entry.kind !== 'host' || entry.nfs === undefined) return null;
  const { url, options = null, async: isAsync = false } = entry.nfs;
  return { url: withSubdirectory(url, entry.subdirectory), options, isAsync };
}

/** As what DTR is told of a storage; null: it cannot be told of it. An export has other flags than a volume or folder. */
export function toldAs(entry: StorageEntry): ToldAs | null {
  if (entry.kind !== 'host') return entry.kind;
  if (nfsStorageOf(entry) !== null) return 'nfs';
  return storageVolumeOf(entry) === null ? null : 'host';
}

/** The volume that a replica makes for itself (dtr-msr.md §5.2). */
export const ownVolumeOf = (replica: string): string => `dtr-registry-${replica}`;

/** Has it the name of such a volume? */
export const isOwnVolume = (entry: StorageEntry): boolean => OWN_VOLUME.test(storageVolumeOf(entry) ?? '');

/**
 * The storage flag of `restore`. An export has none that is known to keep tags (dtr-msr.md §2.5): it is restored onto a volume
 * of it. A storage that has no flag at all comes up on the default and is switched.
 */
export function restoreStorageOf(entry: StorageEntry): RestoreStorage {
  const nfs = nfsStorageOf(entry);
  const volume = nfs === null ? storageVolumeOf(entry) : nfsVolumeOf(nfs).name;
  return volume === null ? { use: 'default' } : { use: 'volume', volume };
}

const withSubdirectory = (place: string, subdirectory: string | undefined): string =>
  subdirectory === undefined
    ? place
    : `${place.replace(/\/+$/, '')}/${subdirectory.replaceAll(/^\/+|\/+$/g, '')}`;
