// What each further storage of the lab offers: two sites, one for a registry to start on and one for a migration to go to,
// as the inventory names them and as the registry is told of them.

import type { StorageEntry } from '../../contracts/inventory.ts';

export type LabSite = 'source' | 'destination';

/** Names of the buckets, containers or folders of the two sites. */
export const SITE_NAMES: Record<LabSite, string> = {
  source: 'registry-source',
  destination: 'registry-prod',
};

export type OpenedStorage = {
  entry(site: LabSite): StorageEntry;
  /** The section of `/admin/settings/registry` with the driver, secrets and all; absent: a flag of `install` tells. */
  section?(site: LabSite): Record<string, unknown>;
  /** Further flags of `install`. */
  flags?(site: LabSite): string[];
  /** Where every host sees it as a folder: what a registry is told of that knows no other name of it. */
  folder?(site: LabSite): string;
  /** Removes everything in the site. */
  clear(site: LabSite): Promise<void>;
};

export const SITES = Object.keys(SITE_NAMES) as LabSite[];
