// What goes into a backup and its verification, what they show and what comes out, and what workflows may ask for them.
// Implemented in activities/backups; lists of objects never pass through here, they lie in the set or in the journal.

import type { Binding } from './binding.ts';
import type { RegistryKind, StorageKind } from './inventory.ts';
import type { JobFolder, RegistryState, SavedSetting } from './registry-activities.ts';

export type BackupInput = {
  /** A registry of the inventory. */
  registry: string;
  /** A repository of the inventory; default: its `backups`. */
  repository?: string;
  /** Look and count only: nothing is written, and the registry stays as it is. Default false. */
  dryRun?: boolean;
};

export type VerificationInput = {
  /** A registry: its newest set; or one of its sets, e.g. `prod/20261128T141500Z-1f2e3d4c`. */
  set: string;
  /** A repository of the inventory; default: its `backups`. */
  repository?: string;
  /** So much of the repository's content is read and hashed, what was not read for longest first, e.g. `50 GiB`. Default: none. */
  deep?: string;
};

/** Neither asks people anything: a backup changes no registry, and a verification nothing at all. */
export type NoTopic = never;

export type BackupDetails = {
  registry: string;
  repository: string;
  /** Id of the set; null: it has none yet. */
  set: string | null;
};

export type VerificationDetails = { repository: string; registry: string; set: string | null };

/** What a backup would do, or has done, to the content of a repository. */
export type ContentCounts = {
  /** Objects of the registry's storage that are kept as content, and their bytes. */
  blobs: number;
  bytes: number;
  /** Those of them that the repository did not have. */
  newBlobs: number;
  newBytes: number;
};

export type BackupResult = {
  outcome: 'backed-up' | 'planned';
  registry: string;
  repository: string;
  /** `<registry>/<id>`, as `verify` takes it; null: it is a plan. */
  set: string | null;
  version: string;
  tags: number;
  content: ContentCounts;
  /** Blobs that images name and that the registry itself does not have any more. */
  lost: number;
  /** Key of the report in the journal; empty: there is none. */
  report: string;
};

export type VerificationResult = {
  set: string;
  repository: string;
  tags: number;
  files: number;
  blobs: number;
  bytes: number;
  deep: DeepVerification | null;
};

/** What of the content was read and hashed, and when all of it will have been. */
export type DeepVerification = {
  blobs: number;
  bytes: number;
  /** Of so many in the repository. */
  of: { blobs: number; bytes: number };
  /** The part that was not read for longest was read then; null: not all of it has been read yet. */
  oldest: string | null;
};

/** A file of a set, as its manifest names it. `sha256`: lower-case hex. */
export type SetFile = { bytes: number; sha256: string };

/** Beside the manifest. `metadata.tar.gpg` is a PGP message, the others are NDJSON. */
export type SetFileName =
  | 'metadata.tar.gpg'
  | 'tags.ndjson'
  | 'images.ndjson'
  | 'tree.ndjson'
  | 'blobs.ndjson';

/** docs/reference/backup-sets.md. Times are ISO 8601. */
export type SetManifest = {
  id: string;
  /** Id of the repository that it was made in. */
  repository: string;
  registry: string;
  product: RegistryKind;
  version: string;
  takenAt: { begun: string; metadata: string; content: string; ended: string };
  /** The replica whose metadata they are. */
  replica: string;
  replicas: { id: string; ports: { http: number; https: number } | null }[];
  storage: { kind: StorageKind; place: string };
  /** Subject and fingerprint of the certificate in use; null: the product does not say. */
  certificate: string | null;
  /** Of the cluster whose users the metadata name; null: it is not known. */
  cluster: string | null;
  schedules: SavedSetting;
  counts: { repositories: number; tags: number; manifests: number; blobs: number; bytes: number };
  /** Of each table of the metadata archive. */
  rows: Record<string, number>;
  files: Record<SetFileName, SetFile>;
  content: ContentCounts;
  closure: {
    /** Blobs that images name and that the registry does not have. They stand in images.ndjson. */
    lost: number;
    /** Manifests and tags that could not be read or understood: what they name is not known. */
    unread: number;
    /** Tags that were pushed, moved or removed while the metadata were taken. */
    unsettled: number;
  };
};

export type BackupSubject = {
  job: JobFolder;
  registry: string;
  /** In the inventory. */
  storage: string;
  repository: string;
  /** Id of the set that is made. */
  set: string;
  /** Always the same one (S2). */
  replica: string;
  boundTo: string | null;
  dryRun: boolean;
  binding: Binding;
};

export type VerificationSubject = {
  job: JobFolder;
  repository: string;
  registry: string;
  set: string;
  boundTo: string | null;
  deepBytes: number | null;
  binding: Binding;
};

/** What a set must hold. */
export type ListedImages = {
  repositories: number;
  tags: number;
  manifests: number;
  unread: number;
  /** Keys in the journal: the tags, and the manifests with what they name. */
  tagsKey: string;
  partsKey: string;
};

type OfSet = Pick<BackupSubject, 'job' | 'registry' | 'repository' | 'set'>;

export type MetadataInSet = SetFile & { rows: Record<string, number> };

/** What is wrong with a set. `what`: a file of the set, a key of the repository, or an image. */
export type SetProblem = { what: string; reason: string };

export type SetCheck = {
  tags: number;
  files: number;
  blobs: number;
  bytes: number;
  problems: number;
  /** At most ten of them. */
  examples: SetProblem[];
  /** Key in the journal: NDJSON of all. */
  key: string;
};

export type BackupActivities = {
  /** What a backup would copy now. Nothing is written. */
  planBackup(request: Pick<BackupSubject, 'registry' | 'storage' | 'repository'>): Promise<ContentCounts>;
  /** The metadata, encrypted on their way, once in a set. */
  backUpSetMetadata(request: OfSet & { version: string; replica: string }): Promise<MetadataInSet>;
  /** Lists everything beside blobs: links with their text. Before the blobs, so that every blob that is linked is found then. */
  backUpTree(request: OfSet & { storage: string }): Promise<SetFile>;
  /**
   * What the set must hold. `tagsBefore`: key in the journal of the tags before the metadata were taken; `rows`: of their
   * archive. `BackupInvalid` where it has fewer tags than stayed the same.
   */
  listSetImages(request: OfSet & { tagsBefore: string; rows: Record<string, number> }): Promise<ListedImages>;
  /** Copies the blobs that the repository lacks, and lists all of them. */
  backUpBlobs(request: OfSet & { storage: string }): Promise<{ content: ContentCounts; file: SetFile }>;
  /**
   * Whether the set holds what its tags need, then the manifest, which makes it one. `NotProved` where the registry serves
   * what the storage does not have. Once: a set that has a manifest stays as it is.
   */
  sealSet(
    request: OfSet & {
      state: RegistryState;
      schedules: SavedSetting;
      storage: string;
      replica: string;
      takenAt: Omit<SetManifest['takenAt'], 'ended'>;
      tagsBefore: string;
      images: ListedImages;
      metadata: MetadataInSet;
      tree: SetFile;
      blobs: { content: ContentCounts; file: SetFile };
    },
  ): Promise<SetManifest>;
  /** Everything but the bytes of the content: structure, signature, digests, decryption, archive, closure, presence. */
  checkSet(request: Pick<VerificationSubject, 'job' | 'repository' | 'registry' | 'set'>): Promise<SetCheck>;
  /** Reads and hashes so many bytes of the content at most, and at least one object. */
  rehashContent(
    request: Pick<VerificationSubject, 'job' | 'repository'> & { bytes: number },
  ): Promise<DeepVerification & Pick<SetCheck, 'problems' | 'examples' | 'key'>>;
  /** Writes down that the set was verified, for whoever lists the sets. */
  noteVerified(request: Pick<VerificationSubject, 'repository' | 'registry' | 'set'>): Promise<void>;
};

/** What a report of a backup tells. */
export type BackupFacts = {
  job: JobFolder;
  registry: string;
  repository: string;
  /** null: there is no set. */
  manifest: SetManifest | null;
  startedAt: string;
  finishedAt: string;
  failure: { type: string; message: string } | null;
  /** Schedules that are on again. */
  resumed: string[];
};

/** A line of `transship backups`. */
export type ListedSet = {
  /** `<registry>/<id>` */
  set: string;
  /** When it was begun, ISO 8601. */
  taken: string;
  /** null: its manifest cannot be read, as `problems` say. */
  version: string | null;
  tags: number;
  /** Of the blobs that it needs, and of those that came with it. */
  bytes: number;
  newBytes: number;
  /** When it was verified last and found whole; null: never. */
  verified: string | null;
  problems: string[];
};
