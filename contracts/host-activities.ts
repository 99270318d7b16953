// What workflows may ask of the bootstrapper on a host (dtr-msr.md §1). Implemented in activities/registry/dtr and
// activities/hosts as remote jobs: a command runs once under an id, whatever happens to the worker or the connection.

import type { JobFolder } from './registry-activities.ts';

export type MetadataBackup = {
  /** Key in the backups storage. */
  key: string;
  sha256: string;
  bytes: number;
  version: string;
  replica: string;
  /** Rows of each table of the archive. */
  rows: Record<string, number>;
};

type Of<T> = { registry: string; job: JobFolder; version: string } & T;

export type HostActivities = {
  /** `backup` of one replica, checked to the end of the archive and stored. `name` makes it once-only within the job. */
  backUpMetadata(request: Of<{ name: string; replica: string }>): Promise<MetadataBackup>;
  /** `destroy` of one replica: its containers and its own volumes are gone afterwards. */
  destroyReplica(request: Of<{ replica: string }>): Promise<void>;
  /** `restore` into a new installation with one replica. */
  restoreMetadata(
    request: Of<{ backup: MetadataBackup; replica: string; storage: RestoreStorage }>,
  ): Promise<void>;
  joinReplica(request: Of<{ replica: string; existing: string }>): Promise<void>;
  /** `reconfigure --dtr-storage-volume …` (or `--nfs-storage-url …`) `--storage-migrated`; fails unless its log says that tags were not erased. */
  reconfigureStorageMigrated(request: Of<{ replica: string; destination: string }>): Promise<void>;
};

/** The storage flag of `restore`: `default` is `--dtr-use-default-storage`, else `--dtr-storage-volume NAME`. */
export type RestoreStorage = { use: 'default' } | { use: 'volume'; volume: string };
