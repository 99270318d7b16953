// S3 and its compatibles. Keys lie below the root directory exactly as the registry's own s3 driver puts them.

import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import type { S3StorageEntry } from '../../../contracts/inventory.ts';
import { withoutSlashes } from '../../../domain/storage/slashes.ts';
import { tooLongName, unlistedInXml } from '../../../domain/storage/safe-key.ts';
import { requireSize } from '../bytes/pieces.ts';
import { Capabilities, createObject } from './capabilities.ts';
import { createS3Client, endpointOf } from './client.ts';
import { copyAcross } from './copy.ts';
import { listObjects } from './list.ts';
import { writeParts } from './parts.ts';
import { abortedBy, ask, at, copySource } from './connection.ts';
import { probeS3 } from './probe.ts';
import type { S3Context } from './context.ts';
import { putObject } from './put.ts';
import { readBack } from './read-back.ts';
import { headObject, readObject, readObjects, statObject } from './read.ts';
import { provedOrRemoved, removeObjects } from './remove.ts';
import { tryRights } from './try-rights.ts';
import { S3Wire } from './wire.ts';
import { withSafeKeys } from '../safe-keys.ts';
import { writtenEach } from '../written-at.ts';
import type { ApiOpening } from '../opening.ts';
import type {
  LentBytes,
  Place,
  Storage,
  WriteInPartsOptions,
  WriteOptions,
  WriteRequest,
  WriteResult,
} from '../storage.ts';

const GIB = 1024 ** 3;
const MAX_NAME_BYTES = 1024;
/**
 * The largest object that one PUT may have. Below it a PUT is better than parts: its digest is that of the whole
 * object, so the server proves all of it and shows it again; of parts it knows only the parts' digests.
 */
const MAX_PUT_BYTES = 5 * GIB;
/** AWS takes more since December 2025; compatible servers do not. */
const MAX_OBJECT_BYTES = 5 * 1024 * GIB;
/** From this size on it matters that a server hashes SHA-256 once and not twice. */
const UNSIGNED_BYTES = 1024 * 1024;
/** Objects of unknown digest up to this size are kept in memory until they are hashed. */
const SPOOL_BYTES = 8 * 1024 * 1024;

export async function openS3Storage(
  name: string,
  entry: S3StorageEntry,
  opening: ApiOpening,
): Promise<Storage> {
  const { client, tls } = await createS3Client(name, entry, opening);
  const folder = entry.rootdirectory.replace(/^\/+|\/+$/g, '');
  const endpoint = entry.regionendpoint ? endpointOf(entry) : undefined;
  const storage = new S3Storage({
    describe: `s3://${entry.bucket}/${folder} ${endpoint === undefined ? `in ${entry.region}` : `at ${endpoint}`}`,
    endpoint,
    bucket: entry.bucket,
    root: folder === '' ? '' : `${folder}/`,
    client,
    wire: new S3Wire(client, entry.bucket, tls, opening.patience.s3),
    capabilities: new Capabilities(),
  });
  return withSafeKeys(storage);
}

/** undefined: it is of another kind. */
export const s3ContextOf = (storage: Storage): S3Context | undefined =>
  storage instanceof S3Storage ? storage.context : undefined;

class S3Storage implements Storage {
  readonly kind = 's3';
  readonly describe: string;
  readonly proof = { kind: 'server', note: null } as const;
  readonly limits = { object: MAX_OBJECT_BYTES, parts: MAX_PUT_BYTES };
  readonly unfit = (key: string): string | undefined =>
    unlistedInXml(key) ?? tooLongName(this.context.root + key, MAX_NAME_BYTES);
  /** AWS promises to let in one; versitygw was seen to let in two. */
  readonly letsInTwo: boolean;
  readonly context: S3Context;

  constructor(context: S3Context) {
    this.context = context;
    this.describe = context.describe;
    this.letsInTwo = context.endpoint !== undefined;
  }

  place(): Promise<Place> {
    const { endpoint = 'AWS', bucket, root } = this.context;
    return Promise.resolve({ where: `bucket ${bucket} at ${endpoint}`, folder: withoutSlashes(root) });
  }

  list(options: Parameters<Storage['list']>[0]): ReturnType<Storage['list']> {
    return listObjects(this.context, options);
  }

  async stat(key: string, { signal }: { signal?: AbortSignal } = {}): ReturnType<Storage['stat']> {
    return await statObject(this.context, key, signal);
  }

  async writtenAt(
    keys: string[],
    { signal }: { signal?: AbortSignal } = {},
  ): ReturnType<Storage['writtenAt']> {
    return await writtenEach(this.describe, keys, async (key) => {
      const headers = await headObject(this.context, key, signal);
      return headers && { at: headers['last-modified'] };
    });
  }

  async read(
    key: string,
    options: { offset?: number; length?: number; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    if (options.length === 0) return Readable.from([]);
    return (await readObject(this.context, key, options)).body;
  }

  readMany(keys: string[], options: { signal?: AbortSignal } = {}): ReturnType<Storage['readMany']> {
    return readObjects(this.context, keys, options);
  }

  async write(
    key: string,
    body: Readable | Buffer,
    request: WriteRequest,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    return await this.#put(key, body, request, options);
  }

  async writeLent(
    key: string,
    body: LentBytes,
    request: Required<WriteRequest>,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    return await this.#put(key, body, request, options);
  }

  async #put(
    key: string,
    body: Readable | LentBytes | Buffer,
    request: WriteRequest,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const { context } = this;
    const { signal } = options;
    requireSize(this.describe, key, request.size, MAX_PUT_BYTES);
    const sent = await ask(context, { action: 'write', key, signal }, async () => {
      let { sha256 } = request;
      let content = body;
      if (sha256 === undefined && request.size <= SPOOL_BYTES) {
        const bytes = Buffer.isBuffer(body) ? body : await buffer(body);
        content = bytes;
        sha256 = hash('sha256', bytes);
      }
      const put = { key: context.root + key, name: key, body: content, size: request.size };
      if (sha256 === undefined) return { ...(await putObject(context.wire, put, signal)), proved: false };
      const unsigned =
        request.size >= UNSIGNED_BYTES && (await context.capabilities.refusesWrongUnsigned(context, signal));
      const done = await putObject(context.wire, { ...put, sha256, unsigned }, signal);
      // That the answer shows the digest says nothing by itself: a server, or a proxy, can send back what it was sent.
      const proved =
        unsigned ||
        (await provedOrRemoved(context, key, () => context.capabilities.refusesWrongBytes(context, signal)));
      return { sha256: done.sha256, proved };
    });
    if (sent.proved) return { sha256: sent.sha256, proof: 'server' };
    await readBack(context, key, sent.sha256, options);
    return { sha256: sent.sha256, proof: 'read-back' };
  }

  async writeInParts(
    key: string,
    read: (offset: number, length: number) => Promise<Readable>,
    request: WriteRequest,
    options: WriteInPartsOptions = {},
  ): Promise<WriteResult> {
    requireSize(this.describe, key, request.size, MAX_OBJECT_BYTES);
    return await writeParts(this.context, key, read, request, options);
  }

  async create(
    key: string,
    body: Buffer,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<boolean | undefined> {
    const { context } = this;
    if (!(await context.capabilities.createsOnlyNew(context, signal))) return undefined;
    return await ask(context, { action: 'write', key, signal }, () =>
      createObject(context, context.root + key, body, signal),
    );
  }

  async copyFrom(
    source: Storage,
    key: string,
    request: WriteRequest,
    options: WriteOptions = {},
  ): Promise<WriteResult | undefined> {
    if (!(source instanceof S3Storage)) return undefined;
    return await copyAcross(source.context, this.context, key, request, options);
  }

  async copyWithin(from: string, to: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const { context } = this;
    await ask(context, { action: 'copy', key: from, signal }, async () => {
      const answer = await context.client.send(
        new CopyObjectCommand({ ...at(context, to), CopySource: copySource(context, from) }),
        abortedBy(signal),
      );
      if (answer.CopyObjectResult?.ETag === undefined) throw new Error('the answer is none of an S3 server');
    });
  }

  async remove(keys: string[], { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    await removeObjects(this.context, keys, signal);
  }

  async probe(...[folder, attempt, { signal }]: Parameters<Required<Storage>['probe']>): Promise<void> {
    await probeS3(this.context, folder, attempt, signal);
  }

  async tryRights(options: Parameters<Required<Storage>['tryRights']>[0]): Promise<void> {
    await tryRights(this.context, options);
  }

  async close(): Promise<void> {
    await this.context.wire.close();
    this.context.client.destroy();
  }
}
