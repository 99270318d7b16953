// The one interface of every storage. Keys are relative to the storage's root and are those that the registry's own
// driver uses (`docker/registry/v2/…`), so that the registry starts on a copy. One conformance suite
// (test/conformance) holds for every kind against its real server.

import type { Readable } from 'node:stream';
import type { StorageKind } from '../../contracts/inventory.ts';
import type { Evidence } from '../../contracts/migration.ts';
import type { DamageFinding } from '../../contracts/storage-activities.ts';
import type { Attempt } from './probe.ts';

/** `where`: a machine, or a bucket at a service. `folder`: without `/` at its ends; empty: all of it. */
export type Place = { where: string; folder: string };

/** `inodes`: files and folders together; null: its file system does not count them. */
export type FreeRoom = { bytes: number; inodes: number | null };

/** Digests that a storage knows of an object without sending its bytes; lower-case hex. */
export type KnownDigests = { sha256?: string; md5?: string };

export type StoredObject = KnownDigests & {
  key: string;
  /** Bytes. */
  size: number;
  /**
   * Why it cannot be copied though it is there, as what follows its key in a sentence: a link, a pipe, a device. It stands
   * in listings so that nobody takes what it leads to for nothing.
   */
  flaw?: string;
};

export type ObjectStat = KnownDigests & { size: number };

export type WriteRequest = {
  size: number;
  /** Lower-case hex. Other bytes than these are refused with `DamagedObjectError` and leave nothing behind. */
  sha256?: string;
};

/** `moved` is called while bytes are read back or moved by the server, which nobody else sees flow. */
export type WriteOptions = {
  signal?: AbortSignal;
  moved?: () => void;
  /**
   * Asked right before objects come to their keys or go, where that comes long after the call: until the time that it gives, in
   * milliseconds since 1970, they may. Rejects when they may not.
   */
  lease?: () => Promise<number>;
};

/** The bytes of an object in chunks; each is valid until the second one after it is asked for. */
export type LentBytes = AsyncIterable<Buffer>;

export type WriteResult = { sha256: string; proof: Evidence };

export type ReadItem = { key: string; size: number; body: Readable };

/** An upload in parts that goes on after its worker was killed. Small, JSON, no secret: it stands in heartbeats. */
export type UploadState = { upload: string; partBytes: number };

export type WriteInPartsOptions = WriteOptions & {
  /** Of an earlier attempt at the same object. One that the server knows no more is no error: all parts are sent. */
  resume?: UploadState;
  /** The upload has begun, and can be gone on with from now on. */
  begun?: (state: UploadState) => void;
};

/**
 * Writes down whether `action`, as what follows "it cannot", went well. `needed`, unless false: nothing goes without it.
 * What may pass is thrown on.
 */
export type TryRight = (
  action: string,
  work: () => Promise<void>,
  options?: { needed: boolean },
) => Promise<boolean>;

export interface Storage {
  readonly kind: StorageKind;
  /** For people, without secrets. */
  readonly describe: string;
  /** The evidence of a `write` with a `sha256`, and why it is not `server`. */
  readonly proof: { kind: Evidence; note: string | null };
  /** Bytes. `object`: the largest that can be stored. `parts`: above it, `writeInParts` is to be used. */
  readonly limits: { object: number; parts: number };
  /** Links in it that are followed because the inventory accepts them: real paths by the keys of the links. */
  readonly links?: Readonly<Record<string, string>>;

  /** Where it really is, whatever it is called: links are followed, accounts are named. */
  place(): Promise<Place>;
  /** What more it can hold; absent: nobody knows, as with a service that has no end. */
  freeRoom?(options?: { signal?: AbortSignal }): Promise<FreeRoom>;
  /** What the machine that serves it lacks for that, as what it cannot do; absent: there is no such machine. */
  lacks?(options?: { signal?: AbortSignal }): Promise<string[]>;
  /** Why this storage cannot hold the key, as what follows it in a sentence; undefined, or absent: it can. */
  unfit?(this: void, key: string): string | undefined;

  /** Every object with a key after `after` and starting with `prefix`, in byte order of the whole key. */
  list(options: { prefix?: string; after?: string; signal?: AbortSignal }): AsyncIterable<StoredObject>;
  /** undefined: there is no such object. */
  stat(key: string, options?: { signal?: AbortSignal }): Promise<ObjectStat | undefined>;
  /**
   * When each object was written last, in milliseconds since 1970 by the clock of whoever keeps it, cut to seconds by some. A
   * time that its writer can choose is none. Those that are gone are left out.
   */
  writtenAt(keys: string[], options?: { signal?: AbortSignal }): Promise<Map<string, number>>;
  /** `ObjectNotFoundError` if there is none. `length` undefined: to the end. */
  read(key: string, options?: { offset?: number; length?: number; signal?: AbortSignal }): Promise<Readable>;
  /**
   * The objects in the given order, each body to be consumed before the next is asked for. Objects that are gone
   * are left out. A storage with a cheaper way than one `read` each (tar over SSH) uses it.
   */
  readMany(keys: string[], options?: { signal?: AbortSignal }): AsyncIterable<ReadItem>;
  /**
   * As `read` of a whole object, in memory that is used again and again: for large objects new memory for each chunk
   * costs more than all else. Errors come with the bytes.
   */
  readLent?(key: string, options?: { signal?: AbortSignal }): LentBytes;
  /** Creates or replaces, atomically: a reader sees the old object or the new one. */
  write(
    key: string,
    body: Readable | Buffer,
    request: WriteRequest,
    options?: WriteOptions,
  ): Promise<WriteResult>;
  /** As `write`, of bytes that are lent. */
  writeLent?(
    key: string,
    body: LentBytes,
    request: Required<WriteRequest>,
    options?: WriteOptions,
  ): Promise<WriteResult>;
  /**
   * As `write`, of many small objects at the cost of a few; the results are in the order of the items. The first
   * failure of any is thrown, and some of the others may be written. Where a storage has no such way it is absent.
   */
  writeMany?(
    items: (WriteRequest & { key: string; body: Buffer })[],
    options?: WriteOptions,
  ): Promise<WriteResult[]>;
  /**
   * As `write`, of an object above `limits.parts`. `read` gives bytes of the source from an offset, also again; it
   * is never asked for more than one part at a time beyond what is in flight.
   */
  writeInParts?(
    key: string,
    read: (offset: number, length: number) => Promise<Readable>,
    request: WriteRequest,
    options?: WriteInPartsOptions,
  ): Promise<WriteResult>;
  /** Its server may look first and write then: of many who create at once two may get true, and the last one has won. */
  readonly letsInTwo?: boolean;
  /**
   * A small object, if and only if there is none of that key: false when there is. Of many who ask at once one gets true,
   * but for a storage that `letsInTwo`. undefined: the server turns out not to know how, and nothing was written.
   */
  create(key: string, body: Buffer, options?: { signal?: AbortSignal }): Promise<boolean | undefined>;
  /**
   * As `write`, from another storage of the same provider or host, without bytes through the worker. undefined: these
   * two cannot, or the result could not be proved as strongly as the bytes' own way; then nothing was written.
   */
  copyFrom?(
    source: Storage,
    key: string,
    request: WriteRequest,
    options?: WriteOptions,
  ): Promise<WriteResult | undefined>;
  /** Server side: no bytes pass through the worker. */
  copyWithin(from: string, to: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** Removing what is not there is no error. */
  remove(keys: string[], options?: WriteOptions): Promise<void>;
  /** Damage that only this kind of storage can have, e.g. segments that are gone. Absent: there is none. */
  damage?(options: { signal?: AbortSignal; moved?: () => void }): AsyncIterable<DamageFinding>;
  /** Tries what only servers of this kind differ in, with objects below `folder`. Absent: there is nothing of that. */
  probe?(folder: string, attempt: Attempt, options: { signal: AbortSignal }): Promise<void>;
  /** Tries each right that its service grants by a name of its own. Absent: its service grants all or nothing. */
  tryRights?(options: { writable: boolean; attempt: TryRight; signal: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

/** What a copy asks of where it goes. */
export type Destination = Pick<
  Storage,
  'describe' | 'proof' | 'limits' | 'write' | 'writeLent' | 'writeMany' | 'writeInParts' | 'copyFrom'
>;
