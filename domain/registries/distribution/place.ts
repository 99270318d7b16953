// How Distribution says which directory it uses: by the path that its process sees. In a container that is not the path of
// its host, and then nothing is said of where it is.

import type { DistributionReplicaEntry, StorageEntry } from '../../../contracts/inventory.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { withoutSlashes } from '../../storage/slashes.ts';

/** What the driver takes for its `rootdirectory` where there is none. */
export const DEFAULT_ROOT = '/var/lib/registry';

/** It may see another file system than its host. */
export const isInContainer = ({ configInside }: Pick<DistributionReplicaEntry, 'configInside'>): boolean =>
  configInside !== undefined;

/** The path of a directory that its entry names; undefined: another way to name it. */
export function pathOf(entry: StorageEntry): string | undefined {
  if (entry.kind === 'filesystem') return entry.path;
  if (entry.kind !== 'host' || entry.path === undefined) return undefined;
  const { path, subdirectory } = entry;
  return subdirectory === undefined ? path : `${path.replace(/\/+$/, '')}/${withoutSlashes(subdirectory)}`;
}

/** `volume`: the directory as the host sees it; empty: nobody knows. Then, and where an entry names no path, it may be it. */
export function usesDirectory({ driver, volume }: RegistryState['storage'], entry: StorageEntry): boolean {
  if (driver !== 'filesystem') return false;
  const path = pathOf(entry);
  return volume === '' || path === undefined || withoutSlashes(volume) === withoutSlashes(path);
}

/** Where a replica is, by what its configuration says. */
export const placeOf = (
  { driver, fields }: Omit<RegistryState['storage'], 'volume'>,
  replica: Pick<DistributionReplicaEntry, 'configInside'>,
): RegistryState['storage'] => ({
  driver,
  fields,
  volume: driver === 'filesystem' && !isInContainer(replica) ? String(fields['rootdirectory']) : '',
});
