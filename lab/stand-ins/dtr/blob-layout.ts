// The storage behind Distribution, as far as DTR itself touches it: how Distribution is told about it, whether it can be
// used at all, and the listing and deleting that online garbage collection does behind Distribution's back.

/** DTR keeps layer links in its metadata store, so one repository of Distribution holds all blobs. */
export const BLOB_REPOSITORY = 'dtr';
export const BLOBS = 'docker/registry/v2/blobs/sha256/';
export const LINKS = `docker/registry/v2/repositories/${BLOB_REPOSITORY}/_layers/sha256/`;

export type StoredBlob = { digest: string; modifiedMs: number };

/** For blobs under names of DTR's own, where the stand-in plays them. */
export type NamedBlobs = {
  /** What lies there afterwards is at `to` alone. */
  move(from: string, to: string): Promise<void>;
  /** undefined where there is nothing. */
  read(key: string): Promise<Buffer | undefined>;
};

/** For what DTR with classic garbage collection keeps as files, where the stand-in plays it. */
export type StoredFiles = {
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** undefined where there is nothing. */
  read(key: string): Promise<Buffer | undefined>;
  /** Every key below the folder. */
  list(folder: string): Promise<string[]>;
};

export type BlobStorage = {
  /** Distribution's `storage:` section without `delete` and `maintenance`; with `redirect` where the storage decides it. */
  section: Record<string, unknown>;
  /** Which Distribution has the driver; default: 2, as Debian builds it. */
  distribution?: 3;
  /** Further variables of Distribution. */
  env?: Record<string, string>;
  /** Throws where the storage cannot be reached or used. */
  probe(): Promise<void>;
  list(): AsyncIterable<StoredBlob>;
  /** Data and Distribution's link of every one; what is not there is no error. */
  remove(digests: readonly string[]): Promise<void>;
  named?: NamedBlobs;
  files?: StoredFiles;
};

export const hexOf = (digest: string): string => digest.slice('sha256:'.length);

/** The keys of a blob and of Distribution's link to it, below the storage's root. */
export const blobKeys = (digests: readonly string[]): string[] =>
  digests.map(hexOf).flatMap((hex) => [`${BLOBS}${hex.slice(0, 2)}/${hex}/data`, `${LINKS}${hex}/link`]);

/** Of a blob's data; undefined for any other key. */
export const hexOfKey = (key: string): string | undefined => /\/([0-9a-f]{64})\/data$/.exec(key)?.[1];

/** A driver's parameters as texts; empty where one is absent. */
export const textOf =
  (parameters: Record<string, unknown>) =>
  (name: string): string => {
    const value = parameters[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
