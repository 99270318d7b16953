// What each product must offer to be the registry of a lab: it is installed, started, ended and erased, and says how the
// inventory names it and where it starts.

import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type { LabApi } from '../content/lab-api.ts';
import type { RegistryAccess } from '../content/registry-client.ts';
import type { Progress } from '../progress.ts';
import type { LabConfig, StorageChoice } from './lab-config.ts';
import type { RegistryParts } from './registry.ts';
import type { LabSite } from './sites.ts';

export type LabRegistry = {
  /** The product and its version, for people. */
  title(this: void, lab: LabConfig): string;
  /** Of a replica, for the load balancer. */
  healthPath: string;
  /** Installs it where it is not, and starts what does not run. */
  up(dir: string, lab: LabConfig, parts: RegistryParts, progress: Progress): Promise<void>;
  /** It is still installed. */
  stop(dir: string): Promise<void>;
  /** Removes every trace of it; its storages are not touched. */
  erase(dir: string): Promise<void>;
  openApi(access: RegistryAccess): LabApi;
  entry(dir: string, lab: LabConfig, parts: RegistryParts): RegistryEntry;
  /** How the inventory names a storage for it; undefined: as for all. */
  place?(
    dir: string,
    lab: LabConfig,
    parts: RegistryParts,
    storage: StorageChoice,
    site: LabSite,
  ): StorageEntry | undefined;
};
