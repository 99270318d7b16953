// What workflows may ask of a registry. Implemented in activities/registry; every one of them is idempotent.

import type { Finding } from './finding.ts';
import type { TagCounts } from './migration.ts';

/** Folder in the journal that belongs to one run of a migration, e.g. `jobs/registry-prod/<run id>`. */
export type JobFolder = string;

/** A setting of the product as it was, to be put back. Only the product itself reads `value`: JSON, and no secret. */
export type SavedSetting = {
  /** For people, one line for each thing that is on, e.g. `onlinegc 0 0 1 * * 6`. */
  words: string[];
  value: unknown;
};

/** On which a replica listens, where the product says so. */
export type ReplicaPorts = { http: number; https: number };

export type ReplicaState = {
  id: string;
  healthy: boolean;
  message: string;
  readOnly: boolean;
  ports?: ReplicaPorts;
  /** When it wrote its health down, by its own clock, ISO 8601; absent: the product does not say. */
  reportedAt?: string;
};

/** What a restored registry is told to be as before. Empty: the registry says nothing of it. */
export type ToldSettings = {
  externalUrl: string;
  httpProxy: string;
  httpsProxy: string;
  noProxy: string;
  logProtocol: string;
  logHost: string;
  logLevel: string;
};

/** Settings that a registry shows, and that its backup is not known to bring back. No secret. */
export type ShownSettings = {
  told: ToldSettings;
  /** `words`: subject and fingerprint. `keyFits`: the inventory's key is its; null: there is none. */
  certificate: { words: string; keyFits: boolean | null } | null;
  /** Proxies that are not shown here, because their URLs hold credentials. */
  secretProxies: ('httpProxy' | 'httpsProxy')[];
  clientCertificates: boolean;
  singleSignOn: boolean;
};

export type RegistryState = {
  version: string;
  /** `online`: layer links live in a metadata store and not in the storage, so that a wipe of it is final. */
  mode: 'classic' | 'online';
  readOnly: boolean;
  replicas: ReplicaState[];
  /** What the registry's clock said then, ISO 8601; absent: it does not say. */
  askedAt?: string;
  /** When garbage is collected by itself. */
  collection: SavedSetting;
  /** What the registry does now that would disturb a migration. `collects`: pausing the collection waits for it. */
  runningTasks: { id: string; action: string; status: string; collects: boolean }[];
  /**
   * What the registry says of its storage: the name of its driver and the driver's fields, secrets left out; and the
   * volume or folder that a driver of directories uses, empty where the registry does not say.
   */
  storage: { driver: string; fields: Record<string, string | number | boolean>; volume: string };
  canaryRepositoryExists: boolean;
  /** Of products that can be restored. */
  settings?: ShownSettings;
  /** What else was found. */
  findings?: Finding[];
  /**
   * Which flags the product's own tool says that it has, where the recipe of the version depends on it; `problem`: it was asked
   * in vain. Absent: nobody has to ask it.
   */
  tool?: { flags: string[] } | { problem: string };
};

export type TagSnapshot = TagCounts & {
  /** Key in the journal: NDJSON of `{repository, tag, digest}` in byte order of `repository:tag`. */
  key: string;
};

export type TagComparison = {
  unchanged: number;
  added: number;
  changed: number;
  /** Also manifests that had no tag and are gone. */
  removed: number;
  /** Manifests that came without a tag: pushed by digest, or as part of an index. */
  untagged: number;
  /** Key in the journal: NDJSON of `{repository, tag, before, after}` of every tag that is not unchanged. */
  key: string;
};

export type Verification = {
  /** Tags that were checked, and the position in the snapshot where the check is to go on: its length when all is done. */
  tags: number;
  checkedTo: number;
  manifests: number;
  blobs: number;
  /** Images that were pulled whole and hashed, and their bytes. */
  pulledTags: number;
  pulledBytes: number;
  /** Missing or different manifests and blobs that are not among the tolerated ones. Zero when all is well. */
  problems: number;
  /** Problems that were the same before the move, or of parts whose damage a person accepted. */
  known: number;
  /** Manifests of a format that is not understood: they are served, and what they refer to was not asked for. */
  unverified: number;
  /** Key in the journal: NDJSON of `{repository, tag, problem, digest}`. */
  key: string;
};

/** `pushed`: as the registry took it. `marked`: as it lies at a destination until the registry was seen to serve it. */
export type CanarySide = 'pushed' | 'marked';

export type MetadataBackup = {
  /** Key in the storage of its repository, where it is encrypted. */
  key: string;
  /** Of the archive in clear, as the registry gave it. */
  sha256: string;
  bytes: number;
  /** What lies in the repository. */
  stored: { repository: string; sha256: string; bytes: number };
  version: string;
  replica: string;
  /** Rows of each table of the archive. */
  rows: Record<string, number>;
};

/** A tiny image of our own that a storage is known by (domain/registries/canary.ts). */
export type Canary = {
  /** Through which it was pushed. */
  replica: string;
  repository: string;
  tag: string;
  id: string;
  /** Of its configuration, as it was pushed. */
  digest: string;
  size: number;
  /** Of its configuration in the storage; null: not looked for, or not found. */
  key: string | null;
};

/** A storage that a run has left with marked canaries: it was terminated, or was to leave the registry read-only. */
export type CanaryMark = {
  /** The run. */
  job: JobFolder;
  /** Key in the journal of what says so. */
  key: string;
  storage: string;
  /** The place that a worker must be bound to for it; null: any worker will do. */
  boundTo: string | null;
  canaries: Canary[];
};

/** Whether a storage holds what the images of a list of tags are made of. */
export type Closure = {
  /** Manifests that were read, and the blobs that they name. */
  manifests: number;
  blobs: number;
  /** Blobs that the registry serves and the storage does not have. */
  missing: number;
  /** Blobs that neither has. */
  lost: number;
  /** Manifests that cannot be read, or that are of a kind that is not known: what they name was not looked for. */
  unread: number;
  /** Pairs of a repository and a manifest that it has, or a blob that its manifests name. */
  held: { manifests: number; links: number };
  /** Keys in the journal: NDJSON of the missing and lost blobs, and of the manifests with what they name. */
  key: string;
  parts: string;
};

/** What the registry serves when pushes have stopped: `manifests` and `links` of each repository, `blobs` each once. */
export type BackupContent = {
  repositories: number;
  tags: number;
  manifests: number;
  blobs: number;
  links: number;
};

/** What a replica answered to a push that was tried on it; 0: nothing. */
export type ReplicaAnswer = {
  replica: string;
  status: number;
  /** Why it says nothing about read-only mode: the replica is silent or ill, or refuses the push for another reason. */
  problem?: string;
};

/** A way to tell a product that its content has moved: the id of its own, chosen by its recipe. */
export type Switch = string;

/** A garbage collection that has ended well, as the registry calls it. */
export type Collected = { id: string; status: string };

/** `without`: replicas that a person has given up; nothing is asked of them, and nobody waits for them. */
type Of<T> = { registry: string; without?: string[] } & T;
/** Of what a migration does once. `version`: the one that the plan was made for, whose tools are used. */
type Once<T> = Of<
  {
    job: JobFolder;
    version: string;
    /** Counted up when a person wants it to be done again; default 1. */
    attempt?: number;
  } & T
>;

/** What a collection would remove now. */
export type CollectionPreview = {
  /** That it would remove. */
  blobs: number;
  /** Of these, what was needed by an image when the list was made that people agreed to. */
  unexpected: number;
  /** Of the names of what it would remove. */
  digest: string;
  /** Key in the journal: NDJSON of `{digest, needed}` of every blob. */
  key: string;
};

export type RegistryActivities = {
  /**
   * `marks`: also what earlier runs on the registry have left marked in storages. `destination`: what speaks against a move
   * to that storage is among the findings.
   */
  inspectRegistry(
    request: Of<{ marks?: boolean; destination?: string }>,
  ): Promise<RegistryState & { marks?: CanaryMark[] }>;
  /** Saves the setting of garbage collection to the journal (the first save of a job wins), then turns it off and waits for a running one. */
  pauseCollection(request: Of<{ job: JobFolder }>): Promise<{ saved: SavedSetting }>;
  /** Puts back what the journal has saved, or else what the workflow knows, and reads it again. */
  resumeCollection(
    request: Of<{ job: JobFolder; saved: SavedSetting | null }>,
  ): Promise<{ resumed: SavedSetting['words'] }>;
  /** Lists what a collection would remove, and removes nothing. */
  previewCollection(request: Once<{ name: string; agreed: string | null }>): Promise<CollectionPreview>;
  /** Removes, once, what no manifest refers to. `RegistryTaskFailed` unless it ends well. */
  collectGarbage(request: Once<{}>): Promise<Collected>;
  /** Sets read-only, or ends it, and waits for the replicas that say they are late; to end it, for no dead one. */
  /** `afterCollection`: nothing takes pushes again where nobody can see whether garbage is still collected. */
  setReadOnly(request: Of<{ readOnly: boolean; afterCollection?: boolean }>): Promise<void>;
  /** Tries a push on every replica; each must be refused. `ReadOnlyNotEnforced` otherwise. */
  proveReadOnly(request: Of<{}>): Promise<ReplicaAnswer[]>;
  /**
   * Pushes a tiny image to the canary repository through every replica and removes it again. None may refuse it as read-only;
   * one that is silent, ill or refuses for another reason has a `problem`.
   */
  proveWritable(request: Of<{}>): Promise<ReplicaAnswer[]>;
  snapshotTags(request: Of<{ job: JobFolder; name: string }>): Promise<TagSnapshot>;
  compareTags(request: {
    job: JobFolder;
    before: string;
    after: string;
    name: string;
  }): Promise<TagComparison>;
  /**
   * Every tag of the snapshot from position `from` on, and every manifest without a tag: it and every blob are there; of
   * `sample` spread over the tags all bytes are pulled and hashed. `withinMs` ends the check early, while pushes are
   * refused; null: it goes to the end, and a tag that was moved or deleted meanwhile is judged by what it is then.
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
  /** Pushes a canary through every replica, once in a job. Older ones are removed. */
  plantCanaries(request: Of<{ job: JobFolder }>): Promise<Canary[]>;
  /** Pulls the canary every second until it is cancelled, and writes down when it could not be had. */
  watchPulls(request: Of<{ job: JobFolder; canary: Canary }>): Promise<void>;
  /** Removes the tags of all canaries; their blobs are left to the next collection. */
  removeCanaries(request: Of<{}>): Promise<void>;
  /** Compares the images of a list of tags with what lies in a storage. Only blobs: what else there is the product keeps elsewhere. */
  checkClosure(
    request: Of<{
      job: JobFolder;
      /** The outcome is listed in `<job>/closure-<name>.ndjson`. */
      name: string;
      snapshot: string;
      storage: string;
      /**
       * An earlier check. Manifests that are in it are not read again, and what was lost or could not be read then is no
       * news; what was not lost then is missed.
       */
      earlier: Pick<Closure, 'key' | 'parts'> | null;
      /** A list of damaged objects that a person accepted; they are not missed. */
      accepted: string | null;
    }>,
  ): Promise<Closure>;
  /** Which of the storages the registry says that it uses, and its own words for the place. */
  locateStorage(request: Of<{ among: string[] }>): Promise<{ uses: string[]; place: string }>;
  /**
   * Every replica serves the canaries as they lie in `storage`, and the registry does not call another its own.
   * `WrongStorage` otherwise.
   */
  proveServedFrom(
    request: Of<{ storage: string; other: string; canaries: Canary[]; side: CanarySide }>,
  ): Promise<void>;
  /** Tells the registry, by the recipe's way, that its content is in `storage`; its tags stay. */
  switchStorage(request: Once<{ storage: string; how: Switch; replica: string }>): Promise<void>;
  /** Waits until each of `replicas` is well and the registry calls it so. */
  waitUntilHealthy(request: Of<{ replicas: string[] }>): Promise<void>;
  /** Which members are not well now, with what is wrong, and which are. */
  findIll(request: Of<{}>): Promise<{ ill: { replica: string; problem: string }[]; well: string[] }>;
};

/** What the product's own tools do on its hosts, as remote jobs: once under an id, whatever happens to the worker. */
export type RebuildActivities = {
  /** Once under its name, read to its end and stored. null: the product keeps nothing outside its storage. */
  backUpMetadata(
    request: Once<{
      name: string;
      replica: string;
      /** What it must hold at least; `BackupInvalid` when it holds less. null: pushes go on, so nobody can tell. */
      holding: BackupContent | null;
    }>,
  ): Promise<MetadataBackup | null>;
  /** The replica and what was its own are gone afterwards. */
  takeDownReplica(request: Once<{ replica: string }>): Promise<void>;
  /** A new registry of one replica from the backup, on `storage` or where it can be switched to it. */
  bringUpReplica(request: Once<{ backup: MetadataBackup; replica: string; storage: string }>): Promise<void>;
  joinReplica(request: Once<{ replica: string; existing: string }>): Promise<void>;
};
