// What workflows may ask of storages. Implemented in activities/storage; lists of objects never pass through here,
// they lie as NDJSON in the journal.

import type { Proof } from './migration.ts';
import type { JobFolder } from './registry-activities.ts';

export type StorageCheck = {
  /** One line that names the storage for people, e.g. `s3://images/root at http://127.0.0.1:7070`. */
  describe: string;
  /** Every action that is needed, tried one by one: `list`, `read`, `write`, `copy`, `remove`. */
  actions: { action: string; ok: boolean; problem?: string }[];
  /** The proof that objects written here get. */
  proof: Proof;
  /** Why the proof is not `server`, or null. */
  proofNote: string | null;
};

export type StorageSize = { objects: number; bytes: number };

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
  /** `writable`: also writes, copies and removes a probe object under `.transship-probe/`. */
  checkStorage(request: { storage: string; writable: boolean }): Promise<StorageCheck>;
  measureStorage(request: { storage: string }): Promise<StorageSize>;
  /** `DestinationNotEmpty` unless the destination is empty or an earlier pass to it from this source is on record. */
  claimDestination(request: { job: JobFolder; source: string; destination: string }): Promise<void>;
  /** Merges both listings into work lists. `final`: objects that the source no longer has are listed for removal. */
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
