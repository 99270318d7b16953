// What `reconfigure` is told in each of its ways: which storage, and whether the flag that keeps the tags goes with it.

import type { StorageEntry } from '../../../contracts/inventory.ts';
import { nfsStorageOf, type StorageOnHosts, storageVolumeOf } from './storage-volume.ts';

/** With `--storage-migrated`, and to each replica's own volume by leaving NFS (`--nfs-storage-url ""`). */
const RECONFIGURES = {
  'reconfigure-storage-migrated': { migrated: true, leavesNfs: false },
  'leave-nfs-storage-migrated': { migrated: true, leavesNfs: true },
  // MSR 2.9 and later: the tags stay anyway, onto an exact copy (S1), and the flag may be gone.
  'reconfigure-exact-copy': { migrated: false, leavesNfs: false },
  'leave-nfs-exact-copy': { migrated: false, leavesNfs: true },
} as const;

export type Reconfigure = keyof typeof RECONFIGURES;

export const isReconfigure = (way: string): way is Reconfigure => Object.hasOwn(RECONFIGURES, way);

export const wayOf = (wanted: { migrated: boolean; leavesNfs: boolean }): Reconfigure =>
  (Object.keys(RECONFIGURES) as Reconfigure[]).find(
    (way) =>
      RECONFIGURES[way].migrated === wanted.migrated && RECONFIGURES[way].leavesNfs === wanted.leavesNfs,
  )!;

/** null: the storage is no volume, folder or export of a host. */
export function reconfigureOf(
  way: Reconfigure,
  entry: StorageEntry,
): { storage: StorageOnHosts; migrated: boolean } | null {
  const { migrated, leavesNfs } = RECONFIGURES[way];
  if (leavesNfs) return { storage: { own: true }, migrated };
  const nfs = nfsStorageOf(entry);
  if (nfs !== null) return { storage: { nfs }, migrated };
  const volume = storageVolumeOf(entry);
  return volume === null ? null : { storage: { volume }, migrated };
}
