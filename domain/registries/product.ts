// What is known of a registry product without asking it: which way its documents describe, what must hold before, and the
// words for what will be done. Pure; its twin with hands is activities/registry/control-plane.ts. Types alone, below the
// products: domain/registries/products.ts has them, one row each.

import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { MigrationStepId, ProductWords, Recipe } from '../../contracts/plan.ts';
import type { RegistryState, SavedSetting, Switch } from '../../contracts/registry-activities.ts';
import type { RawEntry } from '../storage/storage-kinds.ts';

/** In a file system, of a host or of the worker. */
export type DirectoryEntry = Extract<StorageEntry, { kind: 'host' | 'filesystem' }>;

/** A storage of the inventory; `describe`: for people. */
export type NamedStorage = { name: string; entry: StorageEntry; describe: string };

/** A registry that is to be moved, with what was found. */
export type Move<Entry extends RegistryEntry> = {
  path: MigrationPath;
  entry: Entry;
  state: RegistryState;
  source: NamedStorage;
  destination: NamedStorage;
};

/** What of a registry decides its recipe. */
export type Found = Pick<RegistryState, 'version' | 'mode' | 'tool'>;

/** What the steps of a plan do to the registry, with the real values: calls, command lines. Never a secret. */
export type StepWords = {
  /** Of steps that its own documents call otherwise. */
  titles?: Partial<Record<MigrationStepId, string>>;
  pauseCollection(saved: SavedSetting): { does: string; undo: string };
  resumeCollection(saved: SavedSetting): string;
  collectGarbage: string;
  backUpMetadata: string;
  readOnly(on: boolean): string;
  switchStorage(to: NamedStorage, how: Switch): string;
  /** Of products that can be taken down and brought up again; `first` is brought up, the others join it. */
  rebuild?: {
    takeDown(replica: string): string;
    /** What the replica's host must have before it is brought up or joined there. */
    prepare?(replica: string): string[];
    bringUp(first: string): string;
    join(replica: string, first: string): string;
  };
};

export type RegistryProduct<Entry extends RegistryEntry> = {
  kind: Entry['kind'];
  words: ProductWords;
  /** Its tags and manifests lie in its storage; else in what `backUpMetadata` keeps. */
  keepsTagsInStorage: boolean;
  /** Fields of its entry that name a host of the inventory. */
  hosts: readonly string[];
  /** `UnsupportedVersion`, with what to do instead, unless a way is known to be safe. */
  recipe(found: Found, from: StorageEntry, to: StorageEntry, path: MigrationPath): Recipe;
  /** What stops a move of this product, and what people should know, beside what holds for all. */
  preflight(move: Move<Entry>): Finding[];
  /** What its state alone means, wherever it is to go. */
  judgeState(this: void, state: RegistryState): Finding[];
  /** What a schema cannot say: how the fields of an entry do not fit each other, as sentences about it. */
  mistakes(this: void, entry: RawEntry): string[];
  /** Does what the registry says of its storage fit this directory, of its hosts or of the worker? */
  usesDirectory(storage: RegistryState['storage'], entry: DirectoryEntry): boolean;
  steps(move: Move<Entry>): StepWords;
};
