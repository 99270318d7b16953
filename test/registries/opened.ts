// What the conformance suite gets of each product: a small registry that runs, with two replicas or more, and an environment
// as the worker builds it in which it is called `prod`.

import type { MockActivityEnvironment } from '@temporalio/testing';
import type { Environment } from '../../activities/environment.ts';
import type { ControlPlane } from '../../activities/registry/control-plane.ts';
import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type {
  RebuildActivities,
  RegistryActivities,
  RegistryState,
  SavedSetting,
} from '../../contracts/registry-activities.ts';
import type { RegistryClient } from '../../lab/content/registry-client.ts';

/** Of any product; whoever opens it knows which. */
type ChangesOf<Entry> = Entry extends RegistryEntry ? Partial<Omit<Entry, 'kind' | 'replicas'>> : never;

export type EntryChanges = ChangesOf<RegistryEntry> & { replicas?: readonly object[] };

export type Activities = RegistryActivities & RebuildActivities;

/** Runs an activity as Temporal does, in an inventory that is changed for this call. */
export type Run = <Name extends keyof Activities>(
  name: Name,
  request: Parameters<Activities[Name]>[0],
  options?: {
    entry?: EntryChanges;
    /** Further storages of the inventory. */
    storages?: Record<string, StorageEntry>;
    environment?: MockActivityEnvironment;
  },
) => ReturnType<Activities[Name]>;

export type Opened = {
  environment: Environment;
  run: Run;
  /** The registry, opened as an activity opens it. */
  onRegistry: <T>(work: (registry: ControlPlane) => Promise<T>) => Promise<T>;
  /** As its users reach it. */
  client: RegistryClient;
  /** What must never be said. */
  password: string;
  /** What a look finds besides what is the same for all. */
  looksLike: Partial<RegistryState> & { version: string };
  /** The host of every replica's own URL is one of these, so that a certificate for them is a right one. */
  addresses: string[];
  createRepository: (repository: string) => Promise<void>;
  /** Where the storage keeps the bytes of a blob, to damage them. */
  blobFile: (digest: string) => string;
  /** Where `storages.copy` puts them. */
  copiedFile: (digest: string) => string;
  /** Makes the registry forget a manifest that it has a tag of. */
  loseManifest: (repository: string, digest: string) => Promise<void>;
  /** What it lists of a tag whose manifest it has forgotten. */
  digestOfLost: (digest: string) => string;
  /** A storage of a cloud whose certificates are signed by an authority that nobody can read. */
  unreadable: StorageEntry;
  /** Names in the inventory: where it is and where it can go, and back. `copy` does what a migration does before. */
  storages: { source: string; destination: string; copy: () => Promise<void> };
  /** What the product says of the storage once it was switched to the destination. */
  destinationShown: RegistryState['storage'];
  /** Of a product that collects by a schedule. */
  collection?: {
    /** By hand, as people do it; the words that this has. */
    turnOn: () => Promise<SavedSetting['words']>;
    turnOff: () => Promise<void>;
    /** As the product shows it, without our own client. */
    shown: () => Promise<unknown>;
  };
  /** The canary repository is made by the first push to it. */
  isCanaryMadeByPush: boolean;
  /** It keeps something outside of its storage. */
  hasMetadata: boolean;
  stop: () => Promise<void>;
};
