// Requests to one account of a Swift cluster: tried again after what passes, which is cut connections, throttling
// and server errors. No token and no password is in an error.

import { rootCertificates } from 'node:tls';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { SwiftStorageEntry } from '../../../contracts/inventory.ts';
import type { Patience } from '../../concurrency/patience.ts';
import { type AskedDelay, retry, retryAfterMs } from '../../concurrency/retry.ts';
import { connectionOptions } from '../connecting.ts';
import type { ApiOpening } from '../opening.ts';
import { encodePath } from './names.ts';
import { isPassing, networkError, refusal } from './swift-errors.ts';
import { Sessions } from './sessions.ts';
import type { Ask, Session } from './tokens.ts';

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
  readonly patience: Patience;
  readonly #describe: string;
  readonly #agent: Agent;
  readonly #sessions: Sessions;

  private constructor(
    name: string,
    describe: string,
    entry: SwiftStorageEntry,
    { resolveSecret, patience, ca }: ApiOpening & { ca: string[] | undefined },
  ) {
    this.#describe = describe;
    this.patience = patience;
    const tls = { rejectUnauthorized: !entry.insecureskipverify, ...(ca && { ca }) };
    this.#agent = new Agent(connectionOptions(tls));
    this.#sessions = new Sessions(name, entry, resolveSecret, (url, request) => this.#ask(url, request));
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
    return (await this.#sessions.current()).url;
  }

  async send(request: SwiftRequest): Promise<SwiftAnswer> {
    const isReplayable = request.body === undefined || Buffer.isBuffer(request.body);
    let passing: AskedDelay;
    let renewed = false;
    const once = async (): Promise<SwiftAnswer> => {
      passing = undefined;
      request.signal?.throwIfAborted();
      const session = await this.#sessions.current();
      const answer = await this.#sendOnce(session, request).catch((error: unknown) => {
        passing = { afterMs: undefined };
        throw networkError(this.#describe, request, error);
      });
      if (isAnswer(request, answer)) return answer;
      const { status } = answer;
      const says = request.method === 'HEAD' ? '' : await answer.body.text().catch(() => '');
      if (status === 401) {
        this.#sessions.refuse(session);
        if (!renewed && isReplayable) {
          renewed = true;
          return await once();
        }
      } else if (isPassing(status) || status < 300) passing = this.#delayOf(answer.headers['retry-after']);
      throw refusal(this.#describe, request, { status, says, isFinal: renewed || status !== 401 });
    };
    const delayAsked = (): AskedDelay => (isReplayable ? passing : undefined);
    return await retry(once, delayAsked, this.patience.swift, request.signal);
  }

  /** As `send`, for an answer that is JSON; one that is cut off is asked for again. */
  async json<T>(request: SwiftRequest): Promise<T> {
    let passing: AskedDelay;
    const once = async (): Promise<T> => {
      passing = undefined;
      const { body } = await this.send(request);
      try {
        return (await body.json()) as T;
      } catch (error) {
        passing = { afterMs: undefined };
        throw networkError(this.#describe, request, error);
      }
    };
    return await retry(once, () => passing, this.patience.swift, request.signal);
  }

  /** As `send`, for an answer whose body does not matter. */
  async head(request: SwiftRequest): Promise<Omit<SwiftAnswer, 'body'>> {
    const { status, headers, body } = await this.send(request);
    // The status has come: that the rest is cut off changes nothing.
    await body.dump().catch(() => undefined);
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

  /** Without a token. The last answer is one, whatever it says. */
  async #ask(url: string, request: Parameters<Ask>[1]): ReturnType<Ask> {
    const { origin, pathname, search } = new URL(url);
    let last: Awaited<ReturnType<Ask>> | undefined;
    const once = async (): ReturnType<Ask> => {
      last = undefined;
      const {
        statusCode: status,
        headers,
        body,
      } = await this.#agent.request({
        ...request,
        origin,
        path: pathname + search,
      });
      const text = await body.text();
      const isJson = String(headers['content-type']).startsWith('application/json');
      const answer = { status, headers, body: isJson ? (JSON.parse(text) as unknown) : {} };
      if (!isPassing(status)) return answer;
      last = answer;
      throw new Error(`status ${status}`);
    };
    try {
      const delayAsked = (): AskedDelay => this.#delayOf(String(last?.headers['retry-after']));
      return await retry(once, delayAsked, this.patience.swift, undefined);
    } catch (error) {
      if (last !== undefined) return last;
      throw networkError(this.#describe, { action: 'authenticate' }, error);
    }
  }

  /** However long a server asks for, it is asked again: its other proxies may be less busy. */
  #delayOf(retryAfter: string | undefined): AskedDelay {
    const afterMs = retryAfterMs(retryAfter);
    return { afterMs: afterMs === undefined ? undefined : Math.min(afterMs, this.patience.swift.mostMs) };
  }
}
