// What each further storage of the lab offers: two places, one for a registry to start on and one for a migration to go to,
// as the inventory names them and as the registry is told of them.

import type { StorageEntry } from '../../contracts/inventory.ts';

export type Place = 'source' | 'destination';

/** Names of the buckets, containers or folders of the two places. */
export const PLACE_NAMES: Record<Place, string> = {
  source: 'registry-source',
  destination: 'registry-prod',
};

export type OpenedStorage = {
  entry(place: Place): StorageEntry;
  /** The section of `/admin/settings/registry` with the driver, secrets and all; absent: a flag of `install` tells. */
  section?(place: Place): Record<string, unknown>;
  /** Further flags of `install`. */
  flags?(place: Place): string[];
  /** Removes everything in the place. */
  clear(place: Place): Promise<void>;
};

export const PLACES = Object.keys(PLACE_NAMES) as Place[];
