// S3 and its compatibles. Keys lie below the root directory exactly as the registry's own s3 driver puts them.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { S3StorageEntry, SecretRef } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { ObjectNotFoundError } from './errors.ts';
import { createS3Client, endpointOf } from './s3-client.ts';
import { s3Error } from './s3-errors.ts';
import { putObject } from './s3-put.ts';
import type { ReadItem, Storage, WriteOptions, WriteRequest } from './storage.ts';

/** The largest object that one PUT or one copy may have. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;
const MAX_DELETE_KEYS = 1000;
/** Objects of unknown digest up to this size are kept in memory until they are hashed. */
const SPOOL_BYTES = 8 * 1024 * 1024;
/** `readMany` asks for so many objects ahead, and keeps those up to this size in memory. */
const READ_AHEAD = 8;
const READ_AHEAD_BYTES = 1024 * 1024;

export async function openS3Storage(
  name: string,
  entry: S3StorageEntry,
  resolveSecret: (ref: SecretRef) => Promise<string>,
): Promise<Storage> {
  return new S3Storage(entry, await createS3Client(name, entry, resolveSecret));
}

class S3Storage implements Storage {
  readonly kind = 's3';
  readonly describe: string;
  readonly proof = { kind: 'server', note: null } as const;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** What comes before every key: the root directory without a `/` at its start and with one at its end. */
  readonly #root: string;

  constructor(entry: S3StorageEntry, client: S3Client) {
    this.#client = client;
    this.#bucket = entry.bucket;
    const folder = entry.rootdirectory.replace(/^\/+|\/+$/g, '');
    this.#root = folder === '' ? '' : `${folder}/`;
    const place = entry.regionendpoint ? ` at ${endpointOf(entry)}` : ` in ${entry.region}`;
    this.describe = `s3://${entry.bucket}/${folder}${place}`;
  }

  async *list({ prefix = '', after, signal }: Parameters<Storage['list']>[0]): ReturnType<Storage['list']> {
    let token: string | undefined;
    do {
      const page = await this.#try('list', undefined, signal, () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#root + prefix,
            // XML cannot carry every character that a key can.
            EncodingType: 'url',
            ...(after !== undefined && after !== '' && { StartAfter: this.#root + after }),
            ...(token !== undefined && { ContinuationToken: token }),
          }),
          signal && { abortSignal: signal },
        ),
      );
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        const key = page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key;
        // A key that ends in `/` is how some tools mark a folder; the registry has none.
        if (!key.endsWith('/')) yield { key: key.slice(this.#root.length), size: Size };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async stat(key: string, options: { signal?: AbortSignal } = {}): ReturnType<Storage['stat']> {
    try {
      const head = await this.#try('stat', key, options.signal, () =>
        this.#client.send(
          new HeadObjectCommand({ ...this.#at(key), ChecksumMode: 'ENABLED' }),
          options.signal && { abortSignal: options.signal },
        ),
      );
      const sha256 = head.ChecksumType === 'COMPOSITE' ? undefined : head.ChecksumSHA256;
      return {
        size: head.ContentLength ?? 0,
        ...(sha256 !== undefined && { sha256: Buffer.from(sha256, 'base64').toString('hex') }),
      };
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    }
  }

  async read(
    key: string,
    options: { offset?: number; length?: number; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    if (options.length === 0) return Readable.from([]);
    return (await this.#get(key, options)).body;
  }

  async *readMany(keys: string[], options: { signal?: AbortSignal } = {}): AsyncGenerator<ReadItem> {
    const ended = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
    const asked: Promise<ReadItem | undefined>[] = [];
    let next = 0;
    try {
      while (next < keys.length || asked.length > 0) {
        while (next < keys.length && asked.length < READ_AHEAD) {
          const item = this.#ahead(keys[next] as string, signal);
          // Awaited in its turn; until then its failure is no unhandled one.
          item.catch(() => undefined);
          asked.push(item);
          next += 1;
        }
        const item = await asked.shift();
        if (item !== undefined) yield item;
      }
    } finally {
      ended.abort(new Error('no further object is wanted'));
    }
  }

  async write(
    key: string,
    body: Readable | Buffer,
    request: WriteRequest,
    options: WriteOptions = {},
  ): ReturnType<Storage['write']> {
    this.#requireSize(key, request.size);
    const { signal } = options;
    return await this.#try('write', key, signal, async () => {
      let { sha256 } = request;
      let content = body;
      if (sha256 === undefined && request.size <= SPOOL_BYTES) {
        content = body instanceof Readable ? await buffer(body) : body;
        sha256 = createHash('sha256').update(content).digest('hex');
      }
      const put = { bucket: this.#bucket, key: this.#root + key, body: content, size: request.size };
      const done = await putObject(this.#client, key, { ...put, ...(sha256 && { sha256 }) }, signal);
      if (done.proved) return { sha256: done.sha256, proof: 'server' as const };
      await this.#readBack(key, done.sha256, options);
      return { sha256: done.sha256, proof: 'read-back' as const };
    });
  }

  async copyWithin(from: string, to: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#try('copy', from, options.signal, () =>
      this.#client.send(
        new CopyObjectCommand({
          ...this.#at(to),
          CopySource: `${this.#bucket}/${(this.#root + from).split('/').map(encodeURIComponent).join('/')}`,
        }),
        options.signal && { abortSignal: options.signal },
      ),
    );
  }

  async remove(keys: string[], options: { signal?: AbortSignal } = {}): Promise<void> {
    for (let start = 0; start < keys.length; start += MAX_DELETE_KEYS) {
      const some = keys.slice(start, start + MAX_DELETE_KEYS);
      const answer = await this.#try('remove', undefined, options.signal, () =>
        this.#client.send(
          new DeleteObjectsCommand({
            Bucket: this.#bucket,
            Delete: { Objects: some.map((key) => ({ Key: this.#root + key })), Quiet: true },
          }),
          options.signal && { abortSignal: options.signal },
        ),
      );
      const refused = (answer.Errors ?? []).filter(({ Code }) => Code !== 'NoSuchKey');
      if (refused[0] === undefined) continue;
      const { Key = '', Code = '', Message = '' } = refused[0];
      throw new TransshipError(
        Code === 'AccessDenied' ? 'AccessDenied' : 'StorageUnavailable',
        `${this.describe}: ${refused.length} objects were not removed, the first is ${Key}: ${Code}: ${Message}`,
        { action: 'remove', code: Code },
      );
    }
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#root + key };
  }

  async #get(
    key: string,
    options: { offset?: number; length?: number; signal?: AbortSignal },
  ): Promise<{ body: Readable; size: number }> {
    const { offset = 0, length, signal } = options;
    const end = length === undefined ? '' : offset + length - 1;
    const range = offset > 0 || length !== undefined ? { Range: `bytes=${offset}-${end}` } : {};
    try {
      const answer = await this.#try('read', key, signal, () =>
        this.#client.send(
          new GetObjectCommand({ ...this.#at(key), ...range }),
          signal && { abortSignal: signal },
        ),
      );
      const body = answer.Body as Readable;
      signal?.addEventListener('abort', () => body.destroy(signal.reason as Error), { once: true });
      return { body, size: answer.ContentLength ?? 0 };
    } catch (error) {
      // A range behind the end has no bytes, as in a file.
      if (error instanceof TransshipError && error.details['status'] === 416) {
        return { body: Readable.from([]), size: 0 };
      }
      throw error;
    }
  }

  async #ahead(key: string, signal: AbortSignal): Promise<ReadItem | undefined> {
    try {
      const { body, size } = await this.#get(key, { signal });
      if (size > READ_AHEAD_BYTES) return { key, size, body };
      const bytes = await buffer(body);
      return { key, size, body: Readable.from(bytes.length === 0 ? [] : [bytes]) };
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    }
  }

  /** For servers that do not tell digests. An object with other bytes is removed, so that no later pass trusts it. */
  async #readBack(key: string, sha256: string, { signal, moved }: WriteOptions): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of await this.read(key, signal ? { signal } : {})) {
      hash.update(chunk as Buffer);
      moved?.();
    }
    const found = hash.digest('hex');
    if (found === sha256) return;
    await this.remove([key], signal ? { signal } : {});
    throw new TransshipError(
      'IntegrityMismatch',
      `${this.describe}: ${key} has SHA-256 ${found} when read back instead of ${sha256}`,
      { key },
    );
  }

  #requireSize(key: string, size: number): void {
    if (size <= MAX_PUT_BYTES) return;
    throw new TransshipError(
      'PreflightFailed',
      `${this.describe}: ${key} has ${size} bytes, and objects over 5 GiB need multipart uploads, which this release does not make`,
      { key, size },
    );
  }

  async #try<T>(
    action: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    send: () => Promise<T>,
  ): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await send();
    } catch (error) {
      throw s3Error(error, { storage: this.describe, action, signal, ...(key !== undefined && { key }) });
    }
  }
}
