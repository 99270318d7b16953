// What workflows may ask of a registry. Implemented in activities/registry; every one of them is idempotent.

import type { TagCounts } from './migration.ts';

/** Folder in the journal that belongs to one run of a migration, e.g. `jobs/registry-prod/<run id>`. */
export type JobFolder = string;

export type Cron = {
  action: string;
  schedule: string;
  retries: number;
  capacityMap: Record<string, number> | null;
  parameters: Record<string, string> | null;
  deadline: string;
  stopTimeout: string;
};

export type ReplicaState = { id: string; healthy: boolean; message: string; readOnly: boolean };

export type RegistryState = {
  version: string;
  /** `online`: layer links live in the metadata store and a wipe is final (dtr-msr.md §7.2). */
  mode: 'classic' | 'online';
  readOnly: boolean;
  replicas: ReplicaState[];
  /** Crons whose action starts with `gc` or `onlinegc`. */
  gcSchedules: Cron[];
  /** Jobs that run now and would disturb a migration (garbage collection, metadata migration). */
  disturbingJobs: { id: string; action: string; status: string }[];
  gcLockHolder: string;
  /**
   * What `/admin/settings/registry` says: driver name and its fields, secrets left out; and the `storageVolume` of
   * `/meta/settings`, empty where the registry does not say. On an export `fields` has its `nfsHost` and `nfsPath`.
   */
  storage: { driver: string; fields: Record<string, string | number | boolean>; volume: string };
  canaryRepositoryExists: boolean;
};

export type TagSnapshot = TagCounts & {
  /** Key in the journal: NDJSON of `{repository, tag, digest}` in byte order of `repository:tag`. */
  key: string;
};

export type TagComparison = {
  unchanged: number;
  added: number;
  changed: number;
  removed: number;
  /** Key in the journal: NDJSON of `{repository, tag, before, after}` of every tag that is not unchanged. */
  key: string;
};

export type Verification = {
  /** Tags that were checked, and the position in the snapshot where the check ended: its length when all were. */
  tags: number;
  checkedTo: number;
  manifests: number;
  blobs: number;
  /** Images that were pulled whole and hashed, and their bytes. */
  pulledTags: number;
  pulledBytes: number;
  /** Missing or different manifests and blobs that are not among the tolerated ones. Zero when all is well. */
  problems: number;
  /** Problems of digests that were broken before the move, or whose damage a person accepted. */
  known: number;
  /** Key in the journal: NDJSON of `{repository, tag, problem, digest}`. */
  key: string;
};

type Of<T> = { registry: string } & T;

export type RegistryActivities = {
  inspectRegistry(request: Of<{}>): Promise<RegistryState>;
  /** Saves the GC schedules to the journal (the first save of a job wins), deletes them, waits for running GC to end. */
  stopGarbageCollection(request: Of<{ job: JobFolder }>): Promise<{ saved: Cron[] }>;
  /**
   * Puts GC schedules back and reads them again: those that the workflow knows, and those of the journal in case the
   * stopping was interrupted before it could tell.
   */
  restoreGarbageCollection(request: Of<{ job: JobFolder; schedules: Cron[] }>): Promise<{ restored: Cron[] }>;
  /** Sets read-only and waits until every replica reports it. Unhealthy replicas make it retry. */
  setReadOnly(request: Of<{ readOnly: boolean }>): Promise<void>;
  /** Tries a push on every replica; each must be refused with 405. `ReadOnlyNotEnforced` otherwise. */
  proveReadOnly(request: Of<{}>): Promise<{ replica: string; status: number }[]>;
  /** Pushes a tiny image to the canary repository through every replica; each must be accepted. Removes it again. */
  proveWritable(request: Of<{}>): Promise<{ replica: string; status: number }[]>;
  snapshotTags(request: Of<{ job: JobFolder; name: string }>): Promise<TagSnapshot>;
  compareTags(request: {
    job: JobFolder;
    before: string;
    after: string;
    name: string;
  }): Promise<TagComparison>;
  /**
   * Every tag of the snapshot from position `from` on: its manifest and every blob are there; of `sample` spread over
   * them all bytes are pulled and hashed. `withinMs` ends the check early; null: it goes to the end.
   */
  verifyImages(
    request: Of<{
      job: JobFolder;
      /** The problems are listed in `<job>/verification-<name>.ndjson`. */
      name: string;
      snapshot: string;
      sample: number;
      from: number;
      withinMs: number | null;
      /** An earlier list of problems, and a pass whose damaged objects were accepted. */
      tolerated: { problems: string | null; damagedInPass: number | null };
    }>,
  ): Promise<Verification>;
  /** `PUT /admin/settings/registry` with `keep_metadata: true`; done when a GET shows the destination and health is well. */
  switchStorageKeepingMetadata(request: Of<{ destination: string }>): Promise<void>;
  /** Posts a job once, follows it to its end; `JobFailed` unless it ends well. */
  runRegistryJob(request: Of<{ job: JobFolder; action: string }>): Promise<{ id: string; status: string }>;
  /** Waits until `replicas` replicas are healthy and `/_ping` of each answers 200. */
  waitUntilHealthy(request: Of<{ replicas: string[] }>): Promise<void>;
};
