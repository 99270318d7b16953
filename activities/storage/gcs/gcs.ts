// Google Cloud Storage. Keys lie below the root directory exactly as the registry's own gcs driver puts them
// (registry/storage/driver/gcs/gcs.go, pathToKey).

import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { GcsStorageEntry } from '../../../contracts/inventory.ts';
import { fixedContent } from '../../../domain/storage/content-address.ts';
import { withoutSlashes } from '../../../domain/storage/slashes.ts';
import { tooLongName } from '../../../domain/storage/safe-key.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { compareKeys } from '../byte-order.ts';
import { ObjectNotFoundError } from '../errors.ts';
import { expectLength } from '../bytes/expected-length.ts';
import { forEachBounded } from '../../concurrency/for-each-bounded.ts';
import { gcsClient, gcsEndpointOf } from './gcs-client.ts';
import { gcsError } from './gcs-errors.ts';
import {
  gcsDigests,
  isUploadSession,
  listObjects,
  objectPath,
  removeObject,
  rewriteObject,
  type GcsBucket,
  type GcsObject,
} from './gcs-objects.ts';
import { GCS_LIMITS, PARTS_FOLDER, writeGcsParts } from './gcs-parts.ts';
import { putObject, writeGcsObject } from './gcs-write.ts';
import { fromCachedSecret } from '../../concurrency/cached-secret.ts';
import { keptDigest, type Seal, sealWith } from '../bytes/kept-digest.ts';
import { inByteOrder } from '../bytes/listed-order.ts';
import { requireSize } from '../bytes/pieces.ts';
import { withSafeKeys } from '../safe-keys.ts';
import { writtenEach } from '../written-at.ts';
import { readAhead } from '../bytes/read-ahead.ts';
import type { ApiOpening } from '../opening.ts';
import type { Place, ReadItem, Storage, StoredObject } from '../storage.ts';

const REMOVALS_AT_ONCE = 16;
const MAX_NAME_BYTES = 1024;

export function openGcsStorage(name: string, entry: GcsStorageEntry, opening: ApiOpening): Promise<Storage> {
  return Promise.resolve(withSafeKeys(new GcsStorage(name, entry, opening)));
}

type Options = { signal?: AbortSignal | undefined };
type ReadOptions = Options & { offset?: number; length?: number };

/** The worker's own credentials have no secret of their own; an emulator without any has nobody to keep out. */
function sealOf({ keyfile, endpoint }: GcsStorageEntry, { resolveSecret }: ApiOpening): () => Promise<Seal> {
  if (keyfile !== undefined) return fromCachedSecret(async () => await resolveSecret(keyfile), sealWith);
  const seal = endpoint?.startsWith('http:') === true ? sealWith(endpoint) : undefined;
  return () => Promise.resolve(seal);
}

class GcsStorage implements Storage {
  readonly kind = 'gcs';
  readonly describe: string;
  readonly proof = {
    kind: 'checksum',
    note: 'Google knows no SHA-256: the worker hashes the bytes on their way and Google checks the MD5 of the same bytes',
  } as const;
  readonly limits = GCS_LIMITS;
  readonly unfit = (key: string): string | undefined =>
    /[\r\n]/.test(key)
      ? 'has a line end in its name, which Google does not take'
      : tooLongName(this.#name(key), MAX_NAME_BYTES);
  readonly #bucket: GcsBucket;
  readonly #endpoint: string;

  constructor(name: string, entry: GcsStorageEntry, opening: ApiOpening) {
    const folder = entry.rootdirectory.replace(/^\/+|\/+$/g, '');
    this.#endpoint = gcsEndpointOf(entry);
    this.describe = `gcs://${entry.bucket}/${folder}${entry.endpoint ? ` at ${this.#endpoint}` : ''}`;
    this.#bucket = {
      client: gcsClient(name, entry, this.describe, opening),
      bucket: entry.bucket,
      root: folder === '' ? '' : `${folder}/`,
      describe: this.describe,
      seal: sealOf(entry, opening),
    };
  }

  place(): Promise<Place> {
    const { bucket, root } = this.#bucket;
    return Promise.resolve({ where: `bucket ${bucket} at ${this.#endpoint}`, folder: withoutSlashes(root) });
  }

  list(options: Parameters<Storage['list']>[0]): AsyncIterable<StoredObject> {
    return inByteOrder(this.#listed(options), this.describe);
  }

  async stat(key: string, { signal }: Options = {}): ReturnType<Storage['stat']> {
    const found = await this.#find(key, { signal });
    return found && { size: Number(found.size), ...gcsDigests(found, await this.#bucket.seal()) };
  }

  async writtenAt(keys: string[], { signal }: Options = {}): ReturnType<Storage['writtenAt']> {
    return await writtenEach(this.describe, keys, async (key) => {
      const found = await this.#find(key, { signal });
      return found && { at: found.timeCreated };
    });
  }

  async read(key: string, options: ReadOptions = {}): Promise<Readable> {
    if (options.length === 0) return Readable.from([]);
    return (await this.#get(key, options)).body;
  }

  readMany(keys: string[], { signal }: Options = {}): AsyncIterable<ReadItem> {
    return readAhead(keys, (key, ended) => this.#get(key, { signal: ended }), signal);
  }

  async write(...args: Parameters<Storage['write']>): ReturnType<Storage['write']> {
    const [key, body, request, options = {}] = args;
    requireSize(this.describe, key, request.size, this.limits.object);
    return { sha256: await writeGcsObject(this.#bucket, key, body, request, options), proof: 'checksum' };
  }

  async writeInParts(
    ...args: Parameters<NonNullable<Storage['writeInParts']>>
  ): ReturnType<NonNullable<Storage['writeInParts']>> {
    const [key, read, request, options = {}] = args;
    requireSize(this.describe, key, request.size, this.limits.object);
    return { sha256: await writeGcsParts(this.#bucket, key, read, request, options), proof: 'checksum' };
  }

  async create(key: string, bytes: Buffer, { signal }: Options = {}): Promise<boolean> {
    const md5 = hash('md5', bytes);
    const metadata = keptDigest(hash('sha256', bytes), `md5=${md5}`, await this.#bucket.seal());
    const object = { key, name: this.#name(key), bytes, md5, metadata, isNew: true };
    try {
      await putObject(this.#bucket, object, signal ? { signal } : {});
      return true;
    } catch (error) {
      if (error instanceof TransshipError && error.details['status'] === 412) return false;
      throw error;
    }
  }

  /**
   * Google copies and keeps its checksums, which are compared. The SHA-256 is proved by that only where the source has
   * one that is believed: an object that a registry wrote has none.
   */
  async copyFrom(
    ...args: Parameters<NonNullable<Storage['copyFrom']>>
  ): ReturnType<NonNullable<Storage['copyFrom']>> {
    const [source, key, request, options = {}] = args;
    if (!(source instanceof GcsStorage) || source.#endpoint !== this.#endpoint) return undefined;
    const { signal, moved } = options;
    const known = await source.#find(key, { signal });
    if (known === undefined) throw new ObjectNotFoundError(key, source.describe);
    const { sha256 } = gcsDigests(known, await source.#bucket.seal());
    if (sha256 === undefined || known.crc32c === undefined) return undefined;
    if (Number(known.size) !== request.size || (request.sha256 ?? sha256) !== sha256) return undefined;
    const copy = await rewriteObject(
      this.#bucket,
      { bucket: source.#bucket.bucket, name: known.name, generation: known.generation },
      { bucket: this.#bucket.bucket, name: this.#name(key) },
      {
        context: { action: 'copy', key, signal },
        moved,
        // Another account sealed that of the source.
        resource: {
          contentType: known.contentType,
          metadata: keptDigest(sha256, `crc32c=${known.crc32c}`, await this.#bucket.seal()),
        },
      },
    ).catch((error: unknown) => {
      // This storage's credentials need not be good for the other bucket.
      if (error instanceof TransshipError && error.type === 'AccessDenied') return undefined;
      throw error;
    });
    if (copy === undefined) return undefined;
    if (copy.crc32c === known.crc32c && copy.size === known.size) return { sha256, proof: 'checksum' };
    await removeObject(this.#bucket, copy.name, { action: 'remove', key, signal }, copy.generation);
    throw new TransshipError('IntegrityMismatch', `${this.describe}: ${key} was copied with other bytes`, {
      key,
    });
  }

  async copyWithin(from: string, to: string, { signal }: Options = {}): Promise<void> {
    const { bucket } = this.#bucket;
    await rewriteObject(
      this.#bucket,
      { bucket, name: this.#name(from) },
      { bucket, name: this.#name(to) },
      { context: { action: 'copy', key: from, signal } },
    );
  }

  async remove(keys: string[], { signal }: Options = {}): Promise<void> {
    await forEachBounded(keys, REMOVALS_AT_ONCE, (key) =>
      removeObject(this.#bucket, this.#name(key), { action: 'remove', key, signal }),
    );
  }

  async close(): Promise<void> {
    await this.#bucket.client.close();
  }

  async *#listed({
    prefix = '',
    after = '',
    signal,
  }: Parameters<Storage['list']>[0]): AsyncGenerator<StoredObject> {
    const { root } = this.#bucket;
    const from = after === '' ? {} : { from: root + after };
    const context = { action: 'list', signal };
    const seal = await this.#bucket.seal();
    for await (const object of listObjects(this.#bucket, { prefix: root + prefix, ...from, context })) {
      const key = object.name.slice(root.length);
      // How some tools mark a folder, and what an unfinished upload left: of the registry's own driver, and of ours.
      if (
        (key.endsWith('/') && object.size === '0') ||
        isUploadSession(object) ||
        key.startsWith(PARTS_FOLDER)
      )
        continue;
      if (after !== '' && compareKeys(key, after) <= 0) continue;
      yield { key, size: Number(object.size), ...gcsDigests(object, seal) };
    }
  }

  async #find(key: string, { signal }: Options): Promise<GcsObject | undefined> {
    try {
      return await this.#bucket.client.json<GcsObject>({
        ...{ action: 'stat', key, signal },
        path: objectPath(this.#bucket.bucket, this.#name(key)),
        query: { projection: 'noAcl' },
      });
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    }
  }

  async #get(key: string, options: ReadOptions): Promise<{ body: Readable; size: number }> {
    const { offset = 0, length, signal } = options;
    const context = { action: 'read', key, signal };
    const end = length === undefined ? '' : offset + length - 1;
    const isWhole = offset === 0 && length === undefined;
    const { status, headers, body } = await this.#bucket.client.send({
      ...context,
      path: objectPath(this.#bucket.bucket, this.#name(key)),
      query: { alt: 'media' },
      headers: {
        // Else an object that was stored compressed would come in other bytes than it has.
        'accept-encoding': 'gzip',
        ...(!isWhole && { range: `bytes=${offset}-${end}` }),
      },
      accept: [416],
    });
    // A range behind the end has no bytes, as in a file.
    if (status === 416) {
      body.on('error', () => undefined).resume();
      return { body: Readable.from([]), size: 0 };
    }
    const size = Number(headers['content-length'] ?? headers['x-goog-stored-content-length']);
    const translate = (error: unknown): unknown => gcsError(error, { storage: this.describe, ...context });
    // The content of other keys is known without Google, and is compared by whoever reads them.
    const isTold = isWhole && fixedContent(key) === undefined;
    const md5 = isTold ? /md5=([A-Za-z0-9+/=]+)/.exec(headers['x-goog-hash'] ?? '')?.[1] : undefined;
    const told = md5 && { algorithm: 'md5' as const, digest: Buffer.from(md5, 'base64').toString('hex') };
    return { body: expectLength(body, size, { told: told || undefined, signal, translate }), size };
  }

  #name(key: string): string {
    return this.#bucket.root + key;
  }
}
