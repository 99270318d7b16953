// Azure Blob Storage. Keys lie below the root directory exactly as the registry's own azure driver puts them:
// Distribution 3 trims every `/` at the start of a blob's name (registry/storage/driver/azure/azure.go, blobName);
// Distribution 2, and DTR and MSR with it, know no root directory and begin every name with `/`.

import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type BlobGetPropertiesResponse, BlobSASPermissions } from '@azure/storage-blob';
import type { AzureStorageEntry } from '../../../contracts/inventory.ts';
import { fixedContent } from '../../../domain/storage/content-address.ts';
import { withoutSlashes } from '../../../domain/storage/slashes.ts';
import { tooLongName, unlistedInXml } from '../../../domain/storage/safe-key.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { ApiOpening } from '../opening.ts';
import { azureCalls, azureServiceOf, type AzureCall } from './azure-client.ts';
import { azureBodyError } from './azure-errors.ts';
import { azureDigests, listAzure } from './azure-list.ts';
import { AZURE_LIMITS, blockId, propertiesOf, writeAzureBlob, writeAzureParts } from './azure-write.ts';
import { ObjectNotFoundError } from '../errors.ts';
import { expectLength } from '../bytes/expected-length.ts';
import { fromCachedSecret } from '../../concurrency/cached-secret.ts';
import { type Seal, sealWith } from '../bytes/kept-digest.ts';
import { requireSize } from '../bytes/pieces.ts';
import { withSafeKeys } from '../safe-keys.ts';
import { writtenEach } from '../written-at.ts';
import { readAhead } from '../bytes/read-ahead.ts';
import type { Place, ReadItem, Storage, StoredObject } from '../storage.ts';

/** Requests in one batch. */
const MAX_DELETE_KEYS = 256;
const MAX_NAME_BYTES = 1024;
const SIGNATURE_LIFETIME_MS = 60 * 60 * 1000;
/** The largest block that the service copies from a URL. */
const MAX_COPY_BYTES = 4000 * 1024 * 1024;
/** How often a copy that the service makes in the background is looked at. */
const COPY_POLL_INTERVAL_MS = 500;

export function openAzureStorage(
  _name: string,
  entry: AzureStorageEntry,
  opening: ApiOpening,
): Promise<Storage> {
  return Promise.resolve(withSafeKeys(new AzureStorage(entry, opening)));
}

type Options = { signal?: AbortSignal | undefined };
type ReadOptions = Options & { offset?: number; length?: number };

class AzureStorage implements Storage {
  readonly kind = 'azure';
  readonly describe: string;
  readonly proof = {
    kind: 'checksum',
    note: 'Azure knows no SHA-256: the worker hashes the bytes on their way and Azure checks the MD5 of the same bytes',
  } as const;
  readonly limits = AZURE_LIMITS;
  readonly unfit = (key: string): string | undefined =>
    // The service takes `\\` for `/`, and would give us another blob than we mean.
    key.includes('\\')
      ? 'has a \\ in its name, which Azure takes for /'
      : (unlistedInXml(key) ?? tooLongName(this.#name(key), MAX_NAME_BYTES));
  readonly #call: AzureCall;
  /** Account and service; blobs of the same ones are copied without bytes through the worker. */
  readonly #service: string;
  readonly #containerUrl: string;
  readonly #seal: () => Promise<Seal>;
  /** What comes before every key. */
  readonly #root: string;

  constructor(entry: AzureStorageEntry, opening: ApiOpening) {
    const folder = entry.rootdirectory.replace(/^\/+|\/+$/g, '');
    this.#root = `${entry.legacyrootprefix === true ? '/' : ''}${folder === '' ? '' : `${folder}/`}`;
    this.#containerUrl = `${azureServiceOf(entry)}/${entry.container}`;
    this.#service = `${entry.accountname} ${azureServiceOf(entry)}`;
    this.describe = `azure://${entry.container}/${this.#root} at ${azureServiceOf(entry)}`;
    this.#call = azureCalls(entry, this.describe, opening);
    this.#seal = fromCachedSecret(async () => await opening.resolveSecret(entry.accountkey), sealWith);
  }

  place(): Promise<Place> {
    return Promise.resolve({ where: this.#containerUrl, folder: withoutSlashes(this.#root) });
  }

  list(options: Parameters<Storage['list']>[0]): AsyncIterable<StoredObject> {
    return listAzure(this.#call, {
      ...options,
      root: this.#root,
      describe: this.describe,
      seal: this.#seal,
    });
  }

  async stat(key: string, { signal }: Options = {}): ReturnType<Storage['stat']> {
    const found = await this.#properties(key, signal);
    if (found === undefined) return undefined;
    const seal = await this.#seal();
    return { size: found.contentLength ?? 0, ...azureDigests(found.contentMD5, found.metadata, seal) };
  }

  async writtenAt(keys: string[], { signal }: Options = {}): ReturnType<Storage['writtenAt']> {
    return await writtenEach(this.describe, keys, async (key) => {
      const found = await this.#properties(key, signal);
      return found && { at: found.lastModified };
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
    const sha256 = await writeAzureBlob(this.#target(key, options), body, request, options);
    return { sha256, proof: 'checksum' };
  }

  async writeInParts(
    ...args: Parameters<NonNullable<Storage['writeInParts']>>
  ): ReturnType<NonNullable<Storage['writeInParts']>> {
    const [key, read, request, options = {}] = args;
    requireSize(this.describe, key, request.size, this.limits.object);
    const sha256 = await writeAzureParts(this.#target(key, options), read, request, options);
    return { sha256, proof: 'checksum' };
  }

  async create(key: string, body: Buffer, options: Options = {}): Promise<boolean> {
    const digests = { sha256: hash('sha256', body), md5: hash('md5', body) };
    const conditions = { ifNoneMatch: '*' };
    const properties = propertiesOf(digests, await this.#seal());
    try {
      await this.#target(key, options).send((blob, abortSignal) =>
        blob.upload(body, body.length, { ...properties, conditions, abortSignal }),
      );
      return true;
    } catch (error) {
      if (error instanceof TransshipError && [409, 412].includes(Number(error.details['status'])))
        return false;
      throw error;
    }
  }

  /**
   * One block that Azure itself reads and checks by the MD5 of the source, and lists only then. The SHA-256 is proved by
   * that only where the source has one that is believed: a blob that a registry wrote has none.
   */
  async copyFrom(
    ...args: Parameters<NonNullable<Storage['copyFrom']>>
  ): ReturnType<NonNullable<Storage['copyFrom']>> {
    const [source, key, request, options = {}] = args;
    if (!(source instanceof AzureStorage) || source.#service !== this.#service) return undefined;
    const { signal } = options;
    const known = await source.stat(key, { signal });
    if (known === undefined) throw new ObjectNotFoundError(key, source.describe);
    const { size, sha256, md5 } = known;
    if (sha256 === undefined || md5 === undefined || size === 0 || size > MAX_COPY_BYTES) return undefined;
    if (size !== request.size || (request.sha256 ?? sha256) !== sha256) return undefined;
    const from = await source.#signedUrl(key, options);
    const id = blockId(0, md5);
    const { send } = this.#target(key, options);
    const sourceContentMD5 = Buffer.from(md5, 'hex');
    await send((blob, abortSignal) =>
      blob.stageBlockFromURL(id, from, 0, size, { sourceContentMD5, abortSignal }),
    );
    options.moved?.();
    const properties = propertiesOf({ sha256, md5 }, await this.#seal());
    await send((blob, abortSignal) => blob.commitBlockList([id], { ...properties, abortSignal }));
    return { sha256, proof: 'checksum' };
  }

  async copyWithin(from: string, to: string, { signal }: Options = {}): Promise<void> {
    const copying = await this.#call({ action: 'copy', key: from, signal }, (container, abortSignal) => {
      const source = container.getBlobClient(this.#name(from)).url;
      return container
        .getBlobClient(this.#name(to))
        .beginCopyFromURL(source, { intervalInMs: COPY_POLL_INTERVAL_MS, abortSignal });
    });
    await this.#call({ action: 'copy', key: from, signal }, () => copying.pollUntilDone());
  }

  async remove(keys: string[], { signal }: Options = {}): Promise<void> {
    for (let start = 0; start < keys.length; start += MAX_DELETE_KEYS) {
      const some = keys.slice(start, start + MAX_DELETE_KEYS);
      const answer = await this.#call({ action: 'remove', signal }, (container, abortSignal) =>
        container.getBlobBatchClient().deleteBlobs(
          some.map((key) => container.getBlobClient(this.#name(key))),
          { abortSignal },
        ),
      );
      const kept = answer.subResponses.filter(({ status }) => status >= 300 && status !== 404);
      if (answer.subResponses.length === some.length && kept[0] === undefined) continue;
      const { status = 0, errorCode = 'the answer is not whole' } = kept[0] ?? {};
      throw new TransshipError(
        status === 403 ? 'AccessDenied' : 'StorageUnavailable',
        `${this.describe}: ${kept.length} of ${some.length} objects were not removed: ${errorCode} (${status})`,
        { action: 'remove', code: errorCode, status },
      );
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #name(key: string): string {
    return this.#root + key;
  }

  async #properties(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<BlobGetPropertiesResponse | undefined> {
    try {
      return await this.#call({ action: 'stat', key, signal }, async (container, abortSignal) =>
        ofAzure(await container.getBlobClient(this.#name(key)).getProperties({ abortSignal })),
      );
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    }
  }

  #target(key: string, { signal }: Options): Parameters<typeof writeAzureBlob>[0] {
    return {
      key,
      seal: this.#seal,
      send: (request) =>
        this.#call({ action: 'write', key, signal }, (container, abortSignal) =>
          request(container.getBlockBlobClient(this.#name(key)), abortSignal),
        ),
    };
  }

  /** Whoever has it may read the blob for an hour, so it goes to the service only. */
  async #signedUrl(key: string, { signal }: Options): Promise<string> {
    return await this.#call({ action: 'sign', key, signal }, (container) =>
      container.getBlobClient(this.#name(key)).generateSasUrl({
        permissions: BlobSASPermissions.parse('r'),
        expiresOn: new Date(Date.now() + SIGNATURE_LIFETIME_MS),
      }),
    );
  }

  async #get(key: string, options: ReadOptions): Promise<{ body: Readable; size: number }> {
    const { offset = 0, length, signal } = options;
    try {
      const answer = await this.#call({ action: 'read', key, signal }, async (container, abortSignal) =>
        ofAzure(await container.getBlobClient(this.#name(key)).download(offset, length, { abortSignal })),
      );
      const size = answer.contentLength ?? 0;
      const translate = (error: unknown): unknown =>
        azureBodyError(error, { storage: this.describe, action: 'read', key, signal });
      // Told of whole blobs only. The content of other keys is known without Azure, and is compared by whoever reads them.
      const md5 = fixedContent(key) === undefined ? answer.contentMD5 : undefined;
      const told = md5 && { algorithm: 'md5' as const, digest: Buffer.from(md5).toString('hex') };
      const body = answer.readableStreamBody as Readable;
      return { body: expectLength(body, size, { told, signal, translate }), size };
    } catch (error) {
      // A range behind the end has no bytes, as in a file.
      if (error instanceof TransshipError && error.details['status'] === 416) {
        return { body: Readable.from([]), size: 0 };
      }
      throw error;
    }
  }
}

/** The client takes a page of something in between for a blob; the service always tells its version. */
function ofAzure<T extends { version?: string }>(answer: T): T {
  if (answer.version !== undefined) return answer;
  throw new Error('the answer is not that of the service');
}
