// How DTR is told of a storage that lies on its hosts.

import type { StorageEntry } from '../contracts/inventory.ts';

/** The value of `--dtr-storage-volume`: a volume's name or a full path (dtr-msr.md §1.3); null for any other kind. */
export function storageVolumeOf(entry: StorageEntry): string | null {
  return entry.kind === 'host' ? (entry.volume ?? entry.path ?? null) : null;
}
