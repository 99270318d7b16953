// OpenStack Swift. Keys lie in the container exactly as the registry's own swift driver puts them. An object is one
// object as long as the cluster takes it as one: such an object is replaced at once, is listed with its MD5 and needs
// no segments; the registry reads it as well as those that its driver makes of segments.

import { Readable } from 'node:stream';
import type { SwiftStorageEntry } from '../../../contracts/inventory.ts';
import type { DamageFinding } from '../../../contracts/storage-activities.ts';
import { withoutSlashes } from '../../../domain/storage/slashes.ts';
import { tooLongName } from '../../../domain/storage/safe-key.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import { readableOf } from '../bytes/measured-body.ts';
import { requireSize } from '../bytes/pieces.ts';
import { withSafeKeys } from '../safe-keys.ts';
import { writtenEach } from '../written-at.ts';
import { readAhead } from '../bytes/read-ahead.ts';
import type { ApiOpening } from '../opening.ts';
import type {
  ObjectStat,
  Place,
  ReadItem,
  Storage,
  StoredObject,
  WriteInPartsOptions,
  WriteOptions,
  WriteRequest,
  WriteResult,
} from '../storage.ts';
import { readCapabilities } from './capabilities.ts';
import { SwiftClient } from './client.ts';
import type { Container } from './container.ts';
import { copyOnServer, copySegments, hashSource } from './copy-objects.ts';
import { findSwiftDamage } from './damage.ts';
import { type Described, describeObject, writtenObject } from './large-objects.ts';
import { listObjects } from './list-objects.ts';
import { type Names, namesOf } from './names.ts';
import { placeSegments } from './place-segments.ts';
import { putBuffer, putStream, requireBytes } from './put-object.ts';
import { readObject } from './read-object.ts';
import { removeObjects } from './remove-objects.ts';
import { replaceObject } from './replace-object.ts';
import { nextOfReads, nextOfStream } from './segment-source.ts';
import { type Segments, writeSegments } from './write-segments.ts';

const MAX_NAME_BYTES = 1024;
/** Each segment is in memory while it is sent. */
const MAX_SEGMENT_BYTES = 64 * 1024 ** 2;
/** Streams up to this size are kept in memory until they are hashed, so that the server can refuse another MD5. */
const SPOOL_BYTES = 4 * 1024 ** 2;
const EVIDENCE = {
  kind: 'checksum',
  note: 'Swift checks MD5 only; the SHA-256 is hashed on the way',
} as const;

type Signalled = { signal?: AbortSignal };

export async function openSwiftStorage(
  name: string,
  entry: SwiftStorageEntry,
  opening: ApiOpening,
): Promise<Storage> {
  const { origin, pathname } = new URL(entry.authurl);
  const folder = entry.prefix.replace(/^\/+/, '');
  const container = `swift://${entry.container}/${folder}`;
  const client = await SwiftClient.open(name, `${container} at ${origin}${pathname}`, entry, opening);
  try {
    // Containers of one name lie in every account, and who signs in is not where the account is.
    const describe = `${container} at ${await client.accountUrl()}`;
    const capabilities = await readCapabilities(client);
    return withSafeKeys(new SwiftStorage(entry, { client, name: entry.container, capabilities, describe }));
  } catch (error) {
    await client.close();
    throw error;
  }
}

class SwiftStorage implements Storage {
  readonly kind = 'swift';
  readonly describe: string;
  readonly proof = EVIDENCE;
  readonly limits: Storage['limits'];
  readonly unfit = (key: string): string | undefined => tooLongName(this.#object(key), MAX_NAME_BYTES);
  readonly #container: Container;
  readonly #names: Names;
  readonly #chunkBytes: number;
  readonly #maxSegments: number;

  constructor(entry: SwiftStorageEntry, container: Container) {
    this.describe = container.describe;
    this.#container = container;
    this.#names = namesOf(entry.prefix);
    const { maxObjectBytes, listingLimit } = container.capabilities;
    const maxBytes = Math.min(MAX_SEGMENT_BYTES, maxObjectBytes);
    this.#chunkBytes = Math.min(entry.chunksize, maxBytes);
    // With one more Swift would not know the size of the object, for which the registry asks.
    this.#maxSegments = listingLimit - 1;
    this.limits = { object: maxBytes * this.#maxSegments, parts: maxObjectBytes };
  }

  async place(): Promise<Place> {
    const where = `${await accountOf(this.#container)}/${this.#container.name}`;
    return { where, folder: withoutSlashes(this.#names.files) };
  }

  async *list({ prefix = '', after, signal }: Parameters<Storage['list']>[0]): AsyncGenerator<StoredObject> {
    const { files } = this.#names;
    const place = { prefix: files + prefix, ...(after && { after: files + after }), signal };
    for await (const { name, size, md5 } of listObjects(this.#container, place)) {
      yield { key: name.slice(files.length), size, ...(md5 !== undefined && { md5 }) };
    }
  }

  async stat(key: string, options: Signalled = {}): Promise<ObjectStat | undefined> {
    const found = await this.#describe(key, options.signal);
    return found && { size: found.size, ...(found.md5 !== undefined && { md5: found.md5 }) };
  }

  async writtenAt(keys: string[], { signal }: Signalled = {}): ReturnType<Storage['writtenAt']> {
    return await writtenEach(this.describe, keys, (key) =>
      writtenObject(this.#container, this.#object(key), { signal, key }),
    );
  }

  async read(key: string, options: Signalled & { offset?: number; length?: number } = {}): Promise<Readable> {
    if (options.length === 0) return Readable.from([]);
    return (await readObject(this.#container, this.#object(key), key, options)).body;
  }

  readMany(keys: string[], { signal }: Signalled = {}): AsyncIterable<ReadItem> {
    const open = (key: string, ended: AbortSignal) =>
      readObject(this.#container, this.#object(key), key, { signal: ended });
    return readAhead(keys, open, signal);
  }

  async write(
    key: string,
    body: Readable | Buffer,
    request: WriteRequest,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    requireSize(this.describe, key, request.size, this.limits.object);
    if (Buffer.isBuffer(body)) return await this.#writeBuffer(key, body, request, signal);
    const stream = readableOf(body);
    if (request.size > this.#container.capabilities.maxObjectBytes) {
      return await this.#replace(key, signal, async (old) => {
        const segments = { ...this.#segments(key, request, old), isResumable: false };
        const next = nextOfStream(key, stream, request, signal);
        return await writeSegments(this.#container, segments, next, request, options);
      });
    }
    const put = { object: this.#object(key), key, body: stream, signal };
    if (request.size > SPOOL_BYTES) {
      return await this.#replace(key, signal, () => putStream(this.#container, put, request));
    }
    const next = nextOfStream(key, stream, request, signal);
    const { bytes } = await next({ offset: 0, length: request.size }, undefined);
    return await this.#writeBuffer(key, bytes, request, signal);
  }

  async writeInParts(
    key: string,
    read: (offset: number, length: number) => Promise<Readable>,
    request: WriteRequest,
    options: WriteInPartsOptions = {},
  ): Promise<WriteResult> {
    options.signal?.throwIfAborted();
    requireSize(this.describe, key, request.size, this.limits.object);
    return await this.#replace(key, options.signal, async (old) => {
      const segments = this.#segments(key, request, old, options.resume);
      options.begun?.({ upload: segments.path, partBytes: segments.partBytes });
      return await writeSegments(this.#container, segments, nextOfReads(read, request), request, options);
    });
  }

  /** Swift takes `If-None-Match` of many at once, each by what its own servers have heard of by then. */
  create(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async copyFrom(
    source: Storage,
    key: string,
    request: WriteRequest,
    options: WriteOptions = {},
  ): Promise<WriteResult | undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    // Larger ones go on in parts when a worker is killed, which a copy on the server does not.
    if (!(source instanceof SwiftStorage) || request.size > this.limits.parts) return undefined;
    if ((await accountOf(source.#container)) !== (await accountOf(this.#container))) return undefined;
    // Swift can tell no SHA-256: the bytes are read once, and the MD5 binds what was read to what was copied.
    const body = await source.read(key, signal && { signal });
    const { sha256, md5 } = await hashSource(body, key, request, options);
    return await this.#replace(key, signal, async () => {
      const from = { from: source.#object(key), fromContainer: source.#container.name };
      const copy = { ...from, to: this.#object(key), key, signal };
      const found = await copyOnServer(this.#container, copy);
      if (found === md5) return sha256;
      await this.remove([key], signal && { signal });
      throw new DamagedObjectError(key, `the copy has MD5 ${found} instead of ${md5}`);
    });
  }

  async copyWithin(from: string, to: string, { signal }: Signalled = {}): Promise<void> {
    const source = await this.#describe(from, signal);
    if (source === undefined) throw new ObjectNotFoundError(from, this.describe);
    const object = this.#object(from);
    const place = { object: this.#object(to), key: to, signal };
    await replaceObject(this.#container, this.#names, place, async (old) => {
      if (source.size > this.#container.capabilities.maxObjectBytes) {
        const { path } = this.#segments(to, { size: source.size }, old);
        return await copySegments(this.#container, { ...source, object }, { ...place, path }, signal);
      }
      const fromContainer = this.#container.name;
      const copy = { from: object, fromContainer, to: this.#object(to), key: from, signal };
      const md5 = await copyOnServer(this.#container, copy);
      if (source.md5 === undefined || source.md5 === md5) return;
      throw new DamagedObjectError(to, `the copy has MD5 ${md5} instead of ${source.md5}`);
    });
  }

  async remove(keys: string[], { signal }: Signalled = {}): Promise<void> {
    const objects = keys.map((key) => this.#object(key));
    await removeObjects(this.#container, this.#names, objects, signal);
  }

  damage(options: Signalled & { moved?: () => void }): AsyncIterable<DamageFinding> {
    return findSwiftDamage(this.#container, this.#names, options);
  }

  async close(): Promise<void> {
    await this.#container.client.close();
  }

  readonly #object = (key: string): string => this.#names.files + key;

  #describe(key: string, signal: AbortSignal | undefined): Promise<Described | undefined> {
    return describeObject(this.#container, this.#object(key), { signal, key });
  }

  async #writeBuffer(
    key: string,
    body: Buffer,
    request: WriteRequest,
    signal: AbortSignal | undefined,
  ): Promise<WriteResult> {
    const sha256 = requireBytes(key, body, request);
    const put = { object: this.#object(key), key, body, signal };
    // Most objects are new: then there can be no old segments to ask for.
    if (await putBuffer(this.#container, { ...put, unlessThere: true }))
      return { sha256, proof: EVIDENCE.kind };
    return await this.#replace(key, signal, async () => {
      await putBuffer(this.#container, put);
      return sha256;
    });
  }

  async #replace(
    key: string,
    signal: AbortSignal | undefined,
    make: (old: Described | undefined) => Promise<string>,
  ): Promise<WriteResult> {
    const place = { object: this.#object(key), key, signal };
    return { sha256: await replaceObject(this.#container, this.#names, place, make), proof: EVIDENCE.kind };
  }

  #segments(
    key: string,
    request: WriteRequest,
    old: Described | undefined,
    resume?: WriteInPartsOptions['resume'],
  ): Segments {
    const options = { chunkBytes: this.#chunkBytes, maxSegments: this.#maxSegments, old, resume };
    return placeSegments(this.#names, { object: this.#object(key), key }, request, options);
  }
}

const accountOf = ({ client }: Container): Promise<string> => client.accountUrl();
