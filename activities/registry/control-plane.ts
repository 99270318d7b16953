// What a registry product must be able to do so that its storage can be moved, backed up and brought back. Types alone,
// below all that implements them: activities/registry/open-registry.ts has the products, one row each.
//
// Every method may be called again after a crash, and may be killed at any instruction: what it has done by then must be
// found and not be done twice. It returns when the registry shows what was asked for, and not when it was told so. A
// setting is never taken for proof: whether pushes are refused and images are served is asked from outside, through
// `images`, once for all products (activities/registry/images).
//
// Errors: `RegistryUnhealthy` where trying again may help, `RegistryRefused` and `AccessDenied` where it will not.

import type { RegistryKind } from '../../contracts/inventory.ts';
import type {
  BackupContent,
  Collected,
  JobFolder,
  MetadataBackup,
  RegistryState,
  SavedSetting,
  Switch,
} from '../../contracts/registry-activities.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { RegistryV2Client } from './images/registry-v2-client.ts';

/** One process of the registry that answers by itself; several of them share a storage. */
export type Replica = { id: string; url: string; images: RegistryV2Client };

/** What a replica is configured by: the path of the file on its host, and what stands in it. It holds secrets. */
export type Configuration = { replica: string; file: string; text: string };

export type Tag = { tag: string; digest: string };

/** For what the tools of the planned version do: what is remembered under `job` is done once in a migration, and once more for
 * each further `attempt`. Replicas of `without` were given up: nobody waits for them. */
export type PlannedRun = { job: JobFolder; version: string; attempt?: number; without?: readonly string[] };

export interface ControlPlane {
  readonly kind: RegistryKind;
  /** In the inventory. */
  readonly name: string;
  /** Of the one attempt that it was opened for. */
  readonly meter: Meter;
  /** As its users reach it. */
  readonly images: RegistryV2Client;
  /** Those of the inventory, in its order; the registry may have fewer for a while. */
  readonly replicas: readonly Replica[];
  /** Our own pushes go there and nowhere else. */
  readonly canaryRepository: string;
  /** The HTTP status that refuses a push in read-only mode. */
  readonly readOnlyStatus: number;

  /** One look at all that decides a migration. Changes nothing. `destination`: a storage of the inventory that it may move to. */
  inspect(of?: { destination?: string }): Promise<RegistryState>;
  /** Where it says that its content is, cheaply: asked in the middle of a switch. `without`: replicas that are not asked. */
  storage(without?: readonly string[]): Promise<RegistryState['storage']>;
  /** What is wrong with the registry as a whole, cheaply; undefined: it is well. */
  ping(): Promise<string | undefined>;
  /** What is wrong with the first of these replicas that is not well; undefined: all are. */
  healthProblem(replicas: readonly string[]): Promise<string | undefined>;
  /** The replicas that belong to the registry now. */
  members(): Promise<Replica[]>;

  /** In any order; one that comes twice counts once. */
  repositories(): AsyncIterable<string>;
  /** In any order; of a tag that comes twice the later digest counts. */
  tags(repository: string): AsyncIterable<Tag>;
  /** Digests of all manifests that it lists, with a tag or without one: by digest all of them can be pulled. */
  manifests(repository: string): AsyncIterable<string>;
  /** Removing what is not there is no error, and neither is a registry that removes nothing. */
  removeTag(repository: string, tag: string): Promise<void>;

  /**
   * Done when every replica says so, but for those of `without`; where the mode is read at the start only, when each was
   * started again.
   */
  setReadOnly(on: boolean, without?: readonly string[], afterCollection?: boolean): Promise<void>;

  /** When garbage is collected by itself, and whatever else writes by a schedule. Nothing of it: `words` is empty. */
  collectionSetting(): Promise<SavedSetting>;
  /** From then on nothing of it begins, and none runs. The caller has saved the setting. */
  pauseCollection(saved: SavedSetting): Promise<void>;
  resumeCollection(saved: SavedSetting): Promise<void>;
  /**
   * Collects now, once for the run. `RegistryTaskFailed` unless it ends well, `RegistryRefused` where it wants read-only mode
   * and has it not. A cancelled one has ended.
   */
  collect(run: PlannedRun): Promise<Collected>;
  /**
   * Every blob, and whether an image needs it: the others `collect` would remove now. One that comes twice is needed if it is
   * once. Offered by products that can tell.
   */
  previewCollection?(this: void, run: PlannedRun): AsyncIterable<{ digest: string; needed: boolean }>;

  /**
   * Once under this name, read to its end and kept in the inventory's `backups`, or in the repository that `into` names, under
   * its key. null: there is nothing outside the storage. `BackupInvalid` if it would bring a schedule of collection back, or holds less than `holding`.
   */
  backUpMetadata(
    run: PlannedRun,
    of: {
      name: string;
      replica: string;
      holding: BackupContent | null;
      into?: { repository: string; key: string };
    },
  ): Promise<MetadataBackup | null>;

  /** Offered by products that are configured by files and keep no metadata elsewhere: those of all replicas. */
  configurations?(this: void): Promise<Configuration[]>;

  /**
   * Offered by products with `configurations`: those of a backup come back, with the storage of the inventory that `storage`
   * names, in read-only mode, and each replica is started again and well. `tryOnly`: whether they could, with nothing changed.
   */
  restoreConfigurations?(
    this: void,
    run: PlannedRun,
    of: { configurations: Configuration[]; storage: string; tryOnly: boolean },
  ): Promise<void>;

  /** From then on the content is where the inventory says that `storage` is, with the tags that it had. */
  switchStorage(run: PlannedRun, to: { storage: string; how: Switch; replica: string }): Promise<void>;

  /** Offered by products that can be taken down and brought up again from a backup of their metadata. */
  rebuild?: Rebuild;

  close(this: void): Promise<void>;
}

export type Rebuild = {
  takeDown(this: void, run: PlannedRun, replica: string): Promise<void>;
  /** The first replica, on the storage or where it can be switched to it. */
  bringUp(
    this: void,
    run: PlannedRun,
    of: { backup: MetadataBackup; replica: string; storage: string },
  ): Promise<void>;
  join(this: void, run: PlannedRun, of: { replica: string; existing: string }): Promise<void>;
};
