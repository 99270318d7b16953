// One keep-alive HTTP connection pool with one idea of whom to trust. Everything above it sees a status, headers and
// bytes, or a TransshipError: a server that does not answer in time is `RegistryUnhealthy`, never a hang. Nothing that
// it throws holds a header or a query string, because presigned URLs and credentials travel there.

import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import { TransshipError } from '../../domain/transship-error.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** Longest silence within a body. */
const BODY_TIMEOUT_MS = 30_000;
/** Requests in flight to one server; more of them wait in line. */
const CONNECTIONS_PER_SERVER = 24;

export type HttpRequest = {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
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
    const { status, headers, body } = await this.stream(request);
    const chunks: Buffer[] = [];
    await this.consume(request, body, (chunk) => chunks.push(chunk));
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

  /** Reads the body of a `stream` answer to its end. */
  async consume(request: HttpRequest, body: Readable, onChunk: (chunk: Buffer) => void): Promise<void> {
    await this.#guard(request, async () => {
      for await (const chunk of body) {
        this.#onProgress();
        onChunk(chunk as Buffer);
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
