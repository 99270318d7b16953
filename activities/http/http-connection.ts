// One keep-alive HTTP connection pool with one idea of whom to trust. Everything above it sees a status, headers and
// bytes, or a TransshipError: a server that does not answer in time is `RegistryUnhealthy`, never a hang, and neither the
// length of an answer nor its slowness is the server's to choose. Nothing that it throws holds a header or a query string,
// because presigned URLs and credentials travel there.

import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import { formatBytes } from '../../domain/bytes.ts';
import { TransshipError } from '../../domain/transship-error.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** Longest silence within a body. */
const BODY_TIMEOUT_MS = 30_000;
/** Of an answer that is kept whole, which is JSON or a page. */
const MOST_BYTES = 1024 ** 2;
/** From its first byte to its last. */
const MOST_MS = 60_000;
/** Of an error's page; what is beyond it says nothing more. */
const MOST_ERROR_BYTES = 64 * 1024;
/** A body of any length brings so much in each such time: a blob over the slowest line does. */
const TRICKLE = { bytes: 16 * 1024, ms: 60_000 };
/** Requests in flight to one server; more of them wait in line. */
const CONNECTIONS_PER_SERVER = 24;

export type HttpRequest = {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** What its answer may take at most, where that is not as for all. */
  most?: { bytes?: number; ms?: number; trickleMs?: number };
};

export type HttpAnswer = { status: number; headers: Record<string, string>; body: Buffer };
export type HttpStream = { status: number; headers: Record<string, string>; body: Readable };

export type ConnectionOptions = {
  /** PEM certificates to trust instead of the system's. */
  ca?: string[];
  /** S1 "Skip TLS verification". */
  skipVerify?: boolean;
  /** Cancels every request; its reason is what they throw. */
  signal: AbortSignal;
  /** Called whenever bytes arrive: the reason to heartbeat. */
  onProgress: () => void;
};

export class HttpConnection {
  readonly #agent: Agent;
  readonly #signal: AbortSignal;
  readonly #onProgress: () => void;

  constructor({ ca, skipVerify = false, signal, onProgress }: ConnectionOptions) {
    this.#agent = new Agent({
      allowH2: false,
      connections: CONNECTIONS_PER_SERVER,
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        rejectUnauthorized: !skipVerify,
        ...(ca === undefined ? {} : { ca }),
      },
    });
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  /** The whole answer, whatever its status. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    return await this.whole(request, await this.stream(request));
  }

  /** A `stream` answer whole; of an error's page its beginning. */
  async whole(request: HttpRequest, { status, headers, body }: HttpStream): Promise<HttpAnswer> {
    const isError = status >= 400;
    const { bytes: most = MOST_BYTES, ms = MOST_MS } = request.most ?? {};
    const deadlineMs = Date.now() + ms;
    const chunks: Buffer[] = [];
    let bytes = 0;
    await this.#guard(request, async () => {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        this.#onProgress();
        chunks.push(chunk);
        bytes += chunk.length;
        if (isError && bytes >= MOST_ERROR_BYTES) break;
        if (bytes > most) throw unfit(request, `answered with more than ${formatBytes(most)}`);
        if (Date.now() > deadlineMs) throw unfit(request, `gave no whole answer within ${ms / 1000} s`);
      }
    });
    return { status, headers, body: Buffer.concat(chunks) };
  }

  /** The answer's head and its body as a stream, which must be consumed or destroyed. */
  async stream(request: HttpRequest): Promise<HttpStream> {
    const { origin, pathname, search } = new URL(request.url);
    return await this.#guard(request, async () => {
      const answer = await this.#agent.request({
        origin,
        path: `${pathname}${search}`,
        method: request.method,
        headers: request.headers ?? {},
        body: request.body ?? null,
        signal: this.#signal,
      });
      this.#onProgress();
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : (value ?? ''),
        ]),
      );
      return { status: answer.statusCode, headers, body: answer.body };
    });
  }

  /** Waits for the first bytes of a `stream` answer and lets the others be. */
  async begin(request: HttpRequest, body: Readable): Promise<void> {
    await this.#guard(request, async () => {
      for await (const _chunk of body) break;
    });
  }

  /** Reads the body of a `stream` answer to its end, of whatever length unless the request limits it. */
  async consume(request: HttpRequest, body: Readable, onChunk: (chunk: Buffer) => void): Promise<void> {
    const { bytes: most = Infinity, trickleMs = TRICKLE.ms } = request.most ?? {};
    let bytes = 0;
    let since = { bytes: 0, ms: Date.now() };
    await this.#guard(request, async () => {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        this.#onProgress();
        bytes += chunk.length;
        if (bytes > most) throw unfit(request, `answered with more than ${formatBytes(most)}`);
        if (bytes - since.bytes >= TRICKLE.bytes) since = { bytes, ms: Date.now() };
        else if (Date.now() - since.ms > trickleMs) throw unfit(request, 'gave its answer too slowly');
        onChunk(chunk);
      }
    });
  }

  /** Ends all connections, and with them whatever still runs. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #guard<Result>(request: HttpRequest, run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (error instanceof TransshipError) throw error;
      const { origin, pathname } = new URL(request.url);
      throw new TransshipError(
        'RegistryUnhealthy',
        `${request.method} ${origin}${pathname} got no answer: ${(error as Error).message}`,
        { origin },
        { cause: error },
      );
    }
  }
}

function unfit({ method, url }: HttpRequest, problem: string): TransshipError {
  const { origin, pathname } = new URL(url);
  return new TransshipError('RegistryUnhealthy', `${method} ${origin}${pathname} ${problem}.`, { origin });
}
