// Requests to one account of a Swift cluster: with a token that is renewed before it ends and once when it is refused,
// and again after what passes: cut connections, pushback and server errors. No token and no password is in an error.

import { rootCertificates } from 'node:tls';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { CONNECT_TIMEOUT_MS, MAX_CONNECTIONS, SILENCE_TIMEOUT_MS } from '../../http/limits.ts';
import type { SwiftStorageEntry } from '../../../contracts/inventory.ts';
import { type Patience, Tries } from '../../concurrency/patience.ts';
import { retryAfterMs } from '../../concurrency/retry.ts';
import type { ApiOpening } from '../opening.ts';
import { encodePath } from './names.ts';
import { isPassing, networkError, refusal } from './swift-errors.ts';
import { authenticate, type Session } from './tokens.ts';

/** A token is renewed so long before its end, or at nine tenths of a life that is short. */
const RENEWAL_MS = 60_000;

export type SwiftRequest = {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Absent: the account. */
  container?: string;
  object?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** A stream can be sent once only: then nothing is tried again. */
  body?: Buffer | Readable;
  signal?: AbortSignal | undefined;
  /** For errors, e.g. `read`. */
  action: string;
  /** For errors: the key that the request is about. */
  key?: string | undefined;
  /** Statuses beside 2xx that are an answer and no error. */
  accept?: number[];
  /** Instead of the usual limit, where the server works long before it answers. */
  silenceMs?: number;
};

export type SwiftAnswer = {
  status: number;
  headers: Record<string, string>;
  /** Must be read to its end or destroyed. */
  body: Dispatcher.ResponseData['body'];
};

/**
 * A proxy's page of its own, sent with 200, is not taken for an object nor for success: objects have a time stamp, and
 * a removal has no content.
 */
function isAnswer(request: SwiftRequest, { status, headers }: SwiftAnswer): boolean {
  if (request.accept?.includes(status)) return true;
  if (status < 200 || status >= 300) return false;
  if (request.method === 'DELETE') return status === 204;
  const isObject = request.object !== undefined && (request.method === 'GET' || request.method === 'HEAD');
  return !isObject || headers['x-timestamp'] !== undefined;
}

export class SwiftClient {
  readonly #name: string;
  readonly #describe: string;
  readonly #entry: SwiftStorageEntry;
  readonly #resolveSecret: ApiOpening['resolveSecret'];
  readonly patience: Patience;
  readonly #agent: Agent;
  #session: Promise<Session & { renewAtMs: number }> | undefined;
  #refusedToken: string | undefined;

  private constructor(
    name: string,
    describe: string,
    entry: SwiftStorageEntry,
    opening: ApiOpening & { ca: string[] | undefined },
  ) {
    this.#name = name;
    this.#describe = describe;
    this.#entry = entry;
    this.#resolveSecret = opening.resolveSecret;
    this.patience = opening.patience;
    this.#agent = new Agent({
      connections: MAX_CONNECTIONS,
      headersTimeout: SILENCE_TIMEOUT_MS,
      bodyTimeout: SILENCE_TIMEOUT_MS,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        rejectUnauthorized: !entry.insecureskipverify,
        ...(opening.ca && { ca: opening.ca }),
      },
    });
  }

  static async open(
    name: string,
    describe: string,
    entry: SwiftStorageEntry,
    opening: ApiOpening,
  ): Promise<SwiftClient> {
    const ca = entry.rootca && [...rootCertificates, await opening.resolveSecret(entry.rootca)];
    return new SwiftClient(name, describe, entry, { ...opening, ca });
  }

  /** URL of the account: two clients with the same one see the same containers. */
  async accountUrl(): Promise<string> {
    return (await this.#signedIn()).url;
  }

  async send(request: SwiftRequest): Promise<SwiftAnswer> {
    const isReplayable = request.body === undefined || Buffer.isBuffer(request.body);
    let renewed = false;
    const tries = new Tries(this.patience.swift);
    for (;;) {
      request.signal?.throwIfAborted();
      const isLast = tries.isLast || !isReplayable;
      const session = await this.#signedIn();
      let answer: SwiftAnswer;
      try {
        answer = await this.#sendOnce(session, request);
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        if (isLast) throw networkError(this.#describe, request, error);
        await tries.next(request.signal);
        continue;
      }
      const { status } = answer;
      if (isAnswer(request, answer)) return answer;
      const says = request.method === 'HEAD' ? '' : await answer.body.text().catch(() => '');
      if (status === 401) {
        this.#refusedToken = session.token;
        if (!renewed && isReplayable) {
          renewed = true;
          continue;
        }
      } else if ((isPassing(status) || status < 300) && !isLast) {
        await tries.next(request.signal, retryAfterMs(answer.headers['retry-after']));
        continue;
      }
      throw refusal(this.#describe, request, { status, says, isFinal: renewed || status !== 401 });
    }
  }

  /** As `send`, for an answer that is JSON; one that is cut off is asked for again. */
  async json<T>(request: SwiftRequest): Promise<T> {
    const tries = new Tries(this.patience.swift);
    for (;;) {
      const { body } = await this.send(request);
      try {
        return (await body.json()) as T;
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        if (tries.isLast) throw networkError(this.#describe, request, error);
        await tries.next(request.signal);
      }
    }
  }

  /** As `send`, for an answer whose body does not matter. */
  async head(request: SwiftRequest): Promise<Omit<SwiftAnswer, 'body'>> {
    const { status, headers, body } = await this.send(request);
    await body.dump();
    return { status, headers };
  }

  /** Of a path beside the accounts, e.g. `/info`; undefined: the cluster does not show it. */
  async publicJson(path: string): Promise<unknown> {
    const { origin } = new URL(await this.accountUrl());
    const answer = await this.#ask(`${origin}${path}`, { method: 'GET', headers: {} });
    return answer.status === 200 ? answer.body : undefined;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #sendOnce(session: Session, request: SwiftRequest): Promise<SwiftAnswer> {
    const account = new URL(session.url);
    const place = [request.container, request.object].filter((part) => part !== undefined);
    const path = `${account.pathname}${place.map((part) => `/${encodePath(part)}`).join('')}`;
    const answer = await this.#agent.request({
      origin: account.origin,
      path,
      method: request.method,
      headers: { ...request.headers, 'x-auth-token': session.token },
      ...(request.query && { query: request.query }),
      ...(request.body !== undefined && { body: request.body }),
      ...(request.signal && { signal: request.signal }),
      ...(request.silenceMs !== undefined && { headersTimeout: request.silenceMs }),
    });
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    return { status: answer.statusCode, headers: Object.fromEntries(headers), body: answer.body };
  }

  async #signedIn(): Promise<Session> {
    this.#session ??= this.#signIn();
    const asked = this.#session;
    const known = await asked;
    if (Date.now() < known.renewAtMs && known.token !== this.#refusedToken) return known;
    // Whoever comes first renews it, and the others wait for that.
    if (this.#session === asked) this.#session = this.#signIn();
    return await (this.#session ?? this.#signedIn());
  }

  #signIn(): Promise<Session & { renewAtMs: number }> {
    const signedIn = (async () => {
      const password = await this.#resolveSecret(this.#entry.password);
      const session = await authenticate(this.#name, this.#entry, password, (url, request) =>
        this.#ask(url, request),
      );
      const lifeMs = (session.expiresAtMs ?? Infinity) - Date.now();
      return { ...session, renewAtMs: Date.now() + Math.max(lifeMs - RENEWAL_MS, lifeMs * 0.9) };
    })();
    signedIn.catch(() => {
      if (this.#session === signedIn) this.#session = undefined;
    });
    return signedIn;
  }

  async #ask(
    url: string,
    request: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
  ): Promise<{ status: number; headers: Dispatcher.ResponseData['headers']; body: unknown }> {
    const { origin, pathname, search } = new URL(url);
    const tries = new Tries(this.patience.swift);
    for (;;) {
      try {
        const answer = await this.#agent.request({ ...request, origin, path: pathname + search });
        const text = await answer.body.text();
        if (!isPassing(answer.statusCode) || tries.isLast) {
          const isJson = String(answer.headers['content-type']).startsWith('application/json');
          return {
            status: answer.statusCode,
            headers: answer.headers,
            body: isJson ? (JSON.parse(text) as unknown) : {},
          };
        }
        await tries.next(undefined, retryAfterMs(String(answer.headers['retry-after'])));
      } catch (error) {
        if (tries.isLast) throw networkError(this.#describe, { action: 'authenticate' }, error);
        await tries.next();
      }
    }
  }
}
