// Requests for single objects, past the SDK: kept connections and a kept signing key make a small PUT cost about half
// of the SDK's. What is asked for rarely (listings, uploads in parts, copies) goes through the SDK.

import { Pool } from 'undici';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Waits } from '../../concurrency/patience.ts';
import { type AskedDelay, retry } from '../../concurrency/retry.ts';
import { connectionOptions, type Tls } from '../connecting.ts';
import { addressOf, type Address } from './address.ts';
import { receive, type Received } from './receive.ts';
import { createSigner, encodePath } from './sign.ts';

const [REDIRECTION, SERVER_ERROR] = [300, 500];
const CLOCK_CODES = new Set(['RequestTimeTooSkewed', 'RequestExpired']);

export type WireRequest = {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** The whole key in the bucket; empty: the bucket itself. */
  key: string;
  /** Names in order, encoded. */
  query?: string;
  headers?: Record<string, string>;
  /** What the signature says of the body. */
  payload: string;
  body?: Buffer | AsyncIterable<Buffer>;
  /** Bytes of the body. */
  length?: number;
  signal?: AbortSignal | undefined;
  /** The error with which the body of the answer breaks. */
  translate?: (error: unknown) => unknown;
};

/** The server answered and refused. `name` is its code, as with the SDK's exceptions. */
export class RefusedError extends Error {
  readonly status: number;
  /** What the server's clock is ahead of ours, where it says so. */
  readonly clockAheadMs: number | undefined;

  constructor(answer: Received, text: string) {
    const field = (name: string): string | undefined =>
      new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
    super(field('Message') ?? `status ${answer.status}`);
    this.name = field('Code') ?? (answer.status === 404 ? 'NotFound' : `Status${answer.status}`);
    this.status = answer.status;
    const date = Date.parse(answer.headers['date'] ?? '');
    this.clockAheadMs = Number.isNaN(date) ? undefined : date - Date.now();
  }
}

/**
 * Refusals that stay when they are asked for again. A success without an ETag does not: it is what Swift's s3api answers to
 * a PUT that a later one has overtaken, and what a load balancer may answer to anything.
 */
const isFinal = (status: number): boolean => status >= REDIRECTION && status < SERVER_ERROR;

type Ready = { address: Address; pool: Pool; sign: ReturnType<typeof createSigner> };

export class S3Wire {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #tls: Tls;
  readonly #waits: Waits;
  #ready: Promise<Ready> | undefined;

  constructor(client: S3Client, bucket: string, tls: Tls, waits: Waits) {
    this.#client = client;
    this.#bucket = bucket;
    this.#tls = tls;
    this.#waits = waits;
  }

  /**
   * `RefusedError` for every answer that is no success. Where the body can be sent again, a try again hides a closed
   * connection, a server that stumbles and a wrong clock; whatever lasts longer is for Temporal to show.
   */
  async send(request: WireRequest): Promise<Received> {
    const delayAsked = (error: unknown): AskedDelay => {
      if (error instanceof RefusedError && CLOCK_CODES.has(error.name) && error.clockAheadMs !== undefined) {
        // The SDK's own requests are signed with the same correction.
        this.#client.config.systemClockOffset = error.clockAheadMs;
      } else if (error instanceof RefusedError && isFinal(error.status)) return undefined;
      const isReplayable = request.body === undefined || Buffer.isBuffer(request.body);
      return isReplayable ? { afterMs: undefined } : undefined;
    };
    return await retry(() => this.#once(request), delayAsked, this.#waits, request.signal);
  }

  async close(): Promise<void> {
    await (await this.#ready?.catch(() => undefined))?.pool.destroy();
  }

  async #once(request: WireRequest): Promise<Received> {
    const { address, pool, sign } = await this.#open();
    const { method, query, signal } = request;
    const path = address.path + encodePath(request.key);
    const headers = sign(
      {
        method,
        path,
        ...(query !== undefined && { query }),
        headers: { host: address.host, 'x-amz-content-sha256': request.payload, ...request.headers },
      },
      await this.#client.config.credentials(),
      Date.now() + this.#client.config.systemClockOffset,
    );
    const answer = await receive(
      pool,
      {
        method,
        path: query === undefined ? path : `${path}?${query}`,
        headers:
          request.length === undefined ? headers : { ...headers, 'content-length': String(request.length) },
        // Undici takes iterables, which its types do not say.
        body: (request.body ?? null) as Buffer | null,
      },
      signal,
      request.translate ?? ((error) => error),
    );
    // Every S3 server tells the ETag of an object that it has or took; a page of some load balancer has none.
    const hasNone = method === 'DELETE' || request.key === '';
    if (answer.status < REDIRECTION && (hasNone || answer.headers['etag'] !== undefined)) return answer;
    throw new RefusedError(answer, await answer.text());
  }

  async #open(): Promise<Ready> {
    this.#ready ??= (async () => {
      const address = await addressOf(this.#client, this.#bucket);
      const pool = new Pool(address.origin, connectionOptions(this.#tls));
      return { address, pool, sign: createSigner(address) };
    })();
    this.#ready.catch(() => {
      this.#ready = undefined;
    });
    return await this.#ready;
  }
}
