// The one interface of every storage. Keys are relative to the storage's root and are those that the registry's own
// driver uses (`docker/registry/v2/…`), so that the registry starts on a copy. One conformance suite
// (test/conformance) holds for every kind against its real server.

import type { Readable } from 'node:stream';
import type { Proof } from '../../contracts/migration.ts';

export type StoredObject = {
  key: string;
  /** Bytes. */
  size: number;
};

export type ObjectStat = {
  size: number;
  /** Lower-case hex, where the storage can tell without sending the bytes to the worker; else undefined. */
  sha256?: string;
};

export type WriteRequest = {
  size: number;
  /** Lower-case hex. Other bytes than these are refused with `DamagedObjectError` and leave nothing behind. */
  sha256?: string;
};

/** `moved` is called while bytes are read back, which nobody else sees flow. */
export type WriteOptions = { signal?: AbortSignal; moved?: () => void };

export type WriteResult = { sha256: string; proof: Proof };

export type ReadItem = { key: string; size: number; body: Readable };

export interface Storage {
  readonly kind: 'filesystem' | 'host' | 's3';
  /** For people, without secrets. */
  readonly describe: string;
  /** The proof of a `write` with a `sha256`, and why it is not `server`. */
  readonly proof: { kind: Proof; note: string | null };

  /** Every object with a key after `after` and starting with `prefix`, in byte order of the whole key. */
  list(options: { prefix?: string; after?: string; signal?: AbortSignal }): AsyncIterable<StoredObject>;
  /** undefined: there is no such object. */
  stat(key: string, options?: { signal?: AbortSignal }): Promise<ObjectStat | undefined>;
  /** `ObjectNotFoundError` if there is none. `length` undefined: to the end. */
  read(key: string, options?: { offset?: number; length?: number; signal?: AbortSignal }): Promise<Readable>;
  /**
   * The objects in the given order, each body to be consumed before the next is asked for. Objects that are gone
   * are left out. A storage with a cheaper way than one `read` each (tar over SSH) uses it.
   */
  readMany(keys: string[], options?: { signal?: AbortSignal }): AsyncIterable<ReadItem>;
  /** Creates or replaces, atomically: a reader sees the old object or the new one. */
  write(
    key: string,
    body: Readable | Buffer,
    request: WriteRequest,
    options?: WriteOptions,
  ): Promise<WriteResult>;
  /** Server side: no bytes pass through the worker. */
  copyWithin(from: string, to: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** Removing what is not there is no error. */
  remove(keys: string[], options?: { signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}
