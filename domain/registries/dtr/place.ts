// How DTR says which directory of its hosts it uses: a volume in its settings, or an export.

import type { RegistryState } from '../../../contracts/registry-activities.ts';
import type { DirectoryEntry } from '../product.ts';
import { withoutSlashes } from '../../storage/slashes.ts';
import { nfsVolumeOf } from './nfs-volume.ts';
import { nfsStorageOf, storageVolumeOf } from './storage-volume.ts';

/** Volumes that a replica made for itself; a registry on one of them names no `storageVolume` in its settings. */
const OWN_VOLUME = /(^|\/)dtr-registry-/;
/** The volume of an export in both documented spellings (dtr-msr.md §5.2); the settings name the export instead. */
const OWN_NFS_VOLUME = /(^|\/)(dtr-registry-nfs|dtr-nfs-registry)-/;
const NFS_URL = /^nfs:\/\/([^/]+)(\/.*)$/;

export function usesDirectory(
  { driver, fields, volume }: RegistryState['storage'],
  entry: DirectoryEntry,
): boolean {
  if (driver !== 'filesystem') return false;
  // A directory of the worker can be told by the driver only.
  if (entry.kind === 'filesystem') return true;
  const onExport = withoutSlashes(fields['nfsHost']) !== '';
  const nfs = nfsStorageOf(entry);
  if (nfs !== null) return onExport ? isSameExport(fields, nfs.url) : volume === nfsVolumeOf(nfs).name;
  const expected = storageVolumeOf(entry);
  if (expected === null) return true;
  if (onExport || OWN_NFS_VOLUME.test(expected)) return onExport && OWN_NFS_VOLUME.test(expected);
  return volume === '' ? OWN_VOLUME.test(expected) : volume === expected;
}

function isSameExport(fields: RegistryState['storage']['fields'], url: string): boolean {
  const [, host, path] = NFS_URL.exec(url) ?? [];
  return (
    withoutSlashes(fields['nfsHost']) === withoutSlashes(host) &&
    withoutSlashes(fields['nfsPath']) === withoutSlashes(path)
  );
}
