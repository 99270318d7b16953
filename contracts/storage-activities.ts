// What workflows may ask of storages. Implemented in activities/storage; lists of objects never pass through here,
// they lie as NDJSON in the journal.

import type { Proof } from './migration.ts';
import type { JobFolder } from './registry-activities.ts';

export type StorageCheck = {
  /** One line that names the storage for people, e.g. `s3://images/root at http://127.0.0.1:7070`. */
  describe: string;
  /**
   * Every action that is needed, tried one by one: `list`, `read`, `write`, `copy`, `remove`, and `be shared with <host>`
   * for each of the request's hosts.
   */
  actions: { action: string; ok: boolean; problem?: string }[];
  /** The proof that objects written here get. */
  proof: Proof;
  /** Why the proof is not `server`, or null. */
  proofNote: string | null;
};

/** `largestBytes`: of the largest object, because some storages take objects up to a limit only. */
export type StorageSize = { objects: number; bytes: number; largestBytes: number };

type Pass = { job: JobFolder; pass: number; source: string; destination: string };

export type PassPlan = {
  /** Number of work lists, `pass-<n>/work-00000.ndjson` and so on in the job's folder. */
  shards: number;
  sourceObjects: number;
  sourceBytes: number;
  copyObjects: number;
  copyBytes: number;
  removeObjects: number;
};

export type ShardResult = {
  copiedObjects: number;
  copiedBytes: number;
  removedObjects: number;
  damaged: number;
  vanished: number;
  proofs: Partial<Record<Proof, number>>;
};

export type StorageActivities = {
  /**
   * `writable`: also writes, copies and removes a probe object under `.transship-probe/`. `hosts`: hosts of the
   * inventory that must see the probe of a writable storage of kind `host`, in the volume or path of the same name.
   */
  checkStorage(request: { storage: string; writable: boolean; hosts?: string[] }): Promise<StorageCheck>;
  measureStorage(request: { storage: string }): Promise<StorageSize>;
  /**
   * `DestinationNotEmpty` unless the destination is empty, or on record as filled from this source, while both names
   * meant the places that they mean now.
   */
  claimDestination(request: { job: JobFolder; source: string; destination: string }): Promise<void>;
  /**
   * Merges both listings into work lists. `final`: objects that the source no longer has are listed for removal;
   * `SourceUnstable` when they are so many that the source must have gone wrong.
   */
  planPass(request: Pass & { final: boolean }): Promise<PassPlan>;
  copyShard(request: Pass & { shard: number }): Promise<ShardResult>;
};

/** Input of the child workflow `copyPass`; `done` and `plan` are carried over continue-as-new. */
export type CopyPassInput = Pass & {
  final: boolean;
  /** Shards in flight at once. */
  concurrency: number;
  carried?: { plan: PassPlan; nextShard: number; totals: ShardResult; startedAtMs: number };
};
