// What workflows may ask of storages. Implemented in activities/{inspection,copying}; lists of objects never pass through here,
// they lie as NDJSON in the journal.

import type { Binding } from './binding.ts';
import type { Evidence } from './migration.ts';
import type { Canary, CanarySide, JobFolder } from './registry-activities.ts';

export type AccessCheck = {
  /** One line that names the storage for people, e.g. `s3://images/root at http://127.0.0.1:7070`. */
  describe: string;
  /**
   * Every action that is needed, tried one by one: `be served by its host` (of kind `host`), rights that the service names
   * (`carry out s3:PutObject`), `list`, `read`, `write`, `copy`, `remove`, and `be shared with <host>` for each of the
   * request's hosts. `needed` false: people should know, and nothing fails without it.
   */
  actions: { action: string; ok: boolean; problem?: string; needed?: false }[];
  /** The evidence that objects written here get. */
  proof: Evidence;
  /** Why it is not `server`, or null. */
  proofNote: string | null;
  /** Links in it that are followed because the inventory accepts them: real paths by the keys of the links. */
  links?: Readonly<Record<string, string>>;
  /** Of the request's hosts. */
  hosts?: HostLook[];
};

/** What a host of a registry shows of itself and of the way to a storage. */
export type HostLook = {
  host: string;
  /** Why nothing was seen; null: it was. */
  problem: string | null;
  /** Programs that it does not have and that looking needs. */
  missing: string[];
  /** Seconds, negative when behind; null: not known. */
  clock: { aheadOfWorkerS: number | null; aheadOfServerS: number | null };
  /** Where remote jobs and Docker keep their files. `freeInodes` null: the file system does not count them. */
  rooms: { path: string; freeBytes: number; freeInodes: number | null }[];
  /**
   * How the storage's server answered there; null: it was not asked. `trusted`: by the authorities of the host (or without
   * TLS); `trusted-with-rootca`: by that of the inventory alone; `unverified`: it was not verified, as the inventory says.
   */
  server: {
    url: string;
    answer: 'trusted' | 'trusted-with-rootca' | 'unverified' | 'untrusted' | 'unreachable';
    detail: string;
  } | null;
};

/** Damage that registries are known to have, found without or with reading every object. */
export type DamageKind =
  /** A key that leads elsewhere, is kept for our own files, or that the destination cannot hold or list. */
  | 'unsafe-key'
  /** A link, pipe, socket or device where a registry's driver looks for files. It is not followed. */
  | 'no-file'
  /** A Swift layer of no bytes, though its key names a digest of some. */
  | 'zero-byte-blob'
  /** A Swift large object some of whose segments are gone. */
  | 'missing-segments'
  /** Segments that several objects use: removing one object breaks the other. */
  | 'shared-segments'
  /** A link of a repository to a blob that is not there. */
  | 'link-without-blob'
  /** A blob, or a link, whose bytes are not those that its key names. */
  | 'wrong-bytes'
  /** What an unfinished upload left behind. It is not copied. */
  | 'upload-leftover'
  /** A blob under `blobs/id`: its key does not name its bytes (DTR 2.6+ with online garbage collection). */
  | 'named-by-id'
  /** The copy is larger than the free space of the destination. Its key is that of no object. */
  | 'no-space'
  /** Two keys that a case-insensitive destination takes for one. */
  | 'case-collision'
  /** An object that is larger than the destination takes. */
  | 'too-large';

export type DamageFinding = { kind: DamageKind; key: string; detail: string };

export type DamageReport = {
  /** How many of each kind; a kind without findings is left out. */
  counts: Partial<Record<DamageKind, number>>;
  /** At most five of each kind. */
  examples: DamageFinding[];
  /** Blobs and links whose bytes were compared with their key, by the storage or by reading, of so many there are. */
  proved: { objects: number; of: number };
  /** NDJSON of every finding, in the journal. */
  key: string;
};

/** `largestBytes`: of the largest object, because some storages take objects up to a limit only. */
export type StorageSize = { objects: number; bytes: number; largestBytes: number };

export type ListedDamage = {
  objects: number;
  /** Those that nobody has accepted. */
  unaccepted: number;
  digest: string;
  /** NDJSON of `{key, size, damaged}` in the journal. */
  key: string;
};

type Pass = {
  job: JobFolder;
  pass: number;
  source: string;
  destination: string;
  /** The registry that uses the source: while it is slow the copy yields. null: there is none, or its users wait anyway. */
  yieldTo: string | null;
  /**
   * A list of what images are made of: a blob that is in it is not removed from the destination, because garbage collection
   * stands still and the source must have lost it. null, absent: there is none.
   */
  needed?: string | null;
  /** So many objects that only the destination has were in the plan that people approved. Absent: none. */
  removals?: number;
};

/** What a storage that the registry was moved away from holds otherwise than the one that it uses now. */
export type Superseded = {
  /** When the final delta was copied away from it. */
  since: string;
  /** Objects that the source no longer has, and those that it has with another content. */
  removed: number;
  replaced: number;
  /** Those of them that were written there since, and not by an attempt to go back: nothing is done while there are any. */
  foreign: { objects: number; examples: { key: string; written: string }[] };
  /** NDJSON of `{op, key, size, written, foreign}`, in the journal. */
  key: string;
};

/** What the work lists of a pass come to; the plan is what people approve. */
export type PassList = {
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
  proofs: Partial<Record<Evidence, number>>;
};

export type StorageActivities = {
  /**
   * `writable`: also writes, copies and removes a probe object under `.transship-probe/`. `hosts`: hosts of the
   * inventory that are looked at, and must see the probe of a writable storage of kind `host`, in the volume or path of
   * the same name.
   */
  checkAccess(request: { storage: string; writable: boolean; hosts?: string[] }): Promise<AccessCheck>;
  measureStorage(request: { storage: string }): Promise<StorageSize>;
  /**
   * Looks for known damage. `destination`: also for what this storage cannot take. `readForMs`: reads objects that no
   * digest of the storage vouches for, for so long at most.
   */
  findDamage(request: {
    job: JobFolder;
    storage: string;
    destination: string | null;
    readForMs: number;
  }): Promise<DamageReport>;
  /**
   * `DestinationNotEmpty` unless the destination is empty, or on record as filled from this source, while both names
   * meant the places that they mean now; or on record as what this source was filled from when the registry was moved
   * here, with nothing written since of what the pass would remove or replace. `DestinationClaimed` while another job has it.
   * No pass goes without it.
   */
  claimDestination(request: { job: JobFolder; source: string; destination: string }): Promise<void>;
  /** The canaries with their `key`, read and hashed; null where the storage does not have it. */
  findCanaries(request: { storage: string; canaries: Canary[] }): Promise<Canary[]>;
  /**
   * Writes them anew under their keys, as that side has them; only over one side or the other of what `job` has pushed, and
   * never over other bytes. While they are marked the journal says so. `StorageMismatch` where one that is to be put right is
   * not there: it stays on record, and the others are written.
   */
  writeCanaries(request: {
    job: JobFolder;
    storage: string;
    canaries: Canary[];
    side: CanarySide;
  }): Promise<void>;
  /**
   * The damaged objects of a pass, and those of them that are not in the list `accepted`. The digest is over the
   * sorted keys.
   */
  listDamage(request: { job: JobFolder; pass: number; accepted: string | null }): Promise<ListedDamage>;
  /**
   * Before a plan: why the destination could not be claimed; null: it could, unless something of `superseded` is foreign, which
   * is null where the registry did not use it before. Changes nothing but for a small object under `.transship-probe/`, which tells the destination's clock.
   */
  lookAtDestination(request: {
    job: JobFolder;
    source: string;
    destination: string;
  }): Promise<{ problem: string | null; superseded?: Superseded | null }>;
  /** A registry is about to be switched to it: from now on what it holds beyond the source is not ours to remove. */
  noteInUse(request: { job: JobFolder; destination: string }): Promise<void>;
  /**
   * Ends the claim of a job that writes there no more, whatever became of it; nothing where it has none. `inUse`: a registry
   * was switched to it, so that what it holds beyond the source is not ours to remove from now on.
   */
  releaseDestination(request: { job: JobFolder; destination: string; inUse?: boolean }): Promise<void>;
  /**
   * Merges both listings into work lists. `final`: objects that the source no longer has are listed for removal;
   * `SourceUnstable` when they are so many more than those approved that the source must have gone wrong.
   */
  planPass(request: Pass & { final: boolean }): Promise<PassList>;
  copyShard(request: Pass & { shard: number }): Promise<ShardResult>;
};

/** Input of the child workflow `copyPass`; `carried` is what the run before it knew, after continue-as-new. */
export type CopyPassInput = Pass & {
  final: boolean;
  /** Shards in flight at once. */
  concurrency: number;
  /** Task queue of workers that see both storages; null: every worker does. */
  boundTo: string | null;
  binding: Binding;
  carried?: { list: PassList; nextShard: number; totals: ShardResult; startedAtMs: number; held?: boolean };
};
