// The storage behind Distribution, as far as DTR itself touches it: how Distribution is told about it, whether it can be
// used at all, and the listing and deleting that online garbage collection does behind Distribution's back.

/** DTR keeps layer links in its metadata store, so one repository of Distribution holds all blobs. */
export const BLOB_REPOSITORY = 'dtr';
export const BLOBS = 'docker/registry/v2/blobs/sha256/';
export const LINKS = `docker/registry/v2/repositories/${BLOB_REPOSITORY}/_layers/sha256/`;

export type StoredBlob = { digest: string; modifiedMs: number };

export type BlobStorage = {
  /** Distribution's `storage:` section without `delete`, `redirect` and `maintenance`. */
  section: Record<string, unknown>;
  /** Throws where the storage cannot be reached or used. */
  probe(): Promise<void>;
  list(): AsyncIterable<StoredBlob>;
  /** Data and Distribution's link of every one; what is not there is no error. */
  remove(digests: readonly string[]): Promise<void>;
};

export const hexOf = (digest: string): string => digest.slice('sha256:'.length);
