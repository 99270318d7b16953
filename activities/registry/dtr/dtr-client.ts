// The product's own HTTP API under one base URL (dtr-msr.md §3): Basic authentication, JSON both ways, two kinds of
// paging. Every answer is checked against the shape that the caller names.

import type { z } from 'zod';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { HttpAnswer, HttpConnection, HttpRequest } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';
import { read, type Credentials } from '../answer.ts';

/** Records of one page. The default of the API, 10, would take ten times the requests. */
export const PAGE_SIZE = 200;
/** A page of tags tells of each the lines of its Dockerfile. */
const MOST_PAGE_BYTES = 16 * 1024 ** 2;
/** Of one list; more is a server that makes them up. */
const MOST_PAGES = 100_000;

export class DtrClient {
  readonly url: string;
  readonly #connection: HttpConnection;
  readonly #credentials: Credentials;

  constructor(connection: HttpConnection, url: string, credentials: Credentials) {
    this.url = url.replace(/\/+$/, '');
    this.#connection = connection;
    this.#credentials = credentials;
  }

  /** `path` is under `/api/v0/`, e.g. `crons`. */
  async get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    return (await this.getDated(path, shape)).value;
  }

  /** `at`: what the registry's own clock said, ISO 8601; null: it does not tell. */
  async getDated<T>(path: string, shape: z.ZodType<T>): Promise<{ value: T; at: string | null }> {
    const answer = await this.#expectSuccess('GET', path);
    const at = Date.parse(answer.headers['date'] ?? '');
    return {
      value: read(answer, shape, `GET ${path} of ${this.url}`),
      at: Number.isNaN(at) ? null : new Date(at).toISOString(),
    };
  }

  /** undefined if the registry knows no such thing (404). */
  async find<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.#send('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw refusal(answer, `GET ${path} of ${this.url}`);
    return read(answer, shape, `GET ${path} of ${this.url}`);
  }

  /**
   * Every page of a list that pages with `pageStart` and `X-Next-Page-Start`. A list of nothing is believed only where the
   * count of its records says so too: what is missing in it would be missed nowhere.
   */
  async *pages<T>(path: string, shape: z.ZodType<T>, lengthOf: (page: T) => number): AsyncGenerator<T> {
    const seen = new Set<string>();
    let pageStart = '';
    let listed = 0;
    let counted = 0;
    do {
      const query = new URLSearchParams({
        pageSize: String(PAGE_SIZE),
        ...(pageStart === '' ? { count: 'true' } : { pageStart }),
      });
      const answer = await this.#expectSuccess('GET', `${path}?${query.toString()}`, undefined, {
        bytes: MOST_PAGE_BYTES,
      });
      const page = read(answer, shape, `GET ${path} of ${this.url}`);
      listed += lengthOf(page);
      counted ||= Number(answer.headers['x-resource-count'] ?? 0);
      yield page;
      pageStart = answer.headers['x-next-page-start'] ?? '';
      if (seen.has(pageStart) || seen.size > MOST_PAGES)
        throw new TransshipError(
          'RegistryUnhealthy',
          `${this.url} pages ${path} in a circle, or without an end.`,
        );
      seen.add(pageStart);
    } while (pageStart !== '');
    if (listed === 0 && counted > 0)
      throw new TransshipError(
        'RegistryUnhealthy',
        `${this.url} lists none of the ${counted} records that it counts in ${path}.`,
      );
  }

  async post(path: string, body: unknown): Promise<HttpAnswer> {
    return await this.#expectSuccess('POST', path, body);
  }

  async put(path: string, body: unknown): Promise<HttpAnswer> {
    return await this.#expectSuccess('PUT', path, body);
  }

  /** Deleting what is not there is no error. */
  async delete(path: string): Promise<void> {
    const answer = await this.#send('DELETE', path);
    if (answer.status >= 300 && answer.status !== 404) throw refusal(answer, `DELETE ${path} of ${this.url}`);
  }

  /** `/_ping` (dtr-msr.md §3.8): undefined when healthy, else what the replica says. It covers the asked replica alone. */
  async ping(): Promise<string | undefined> {
    const answer = await this.#connection.send({ method: 'GET', url: `${this.url}/_ping` });
    return answer.status === 200 ? undefined : refusal(answer, `GET ${this.url}/_ping`).message;
  }

  async #expectSuccess(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    most: HttpRequest['most'] = {},
  ): Promise<HttpAnswer> {
    const answer = await this.#send(method, path, body, most);
    if (answer.status >= 300) throw refusal(answer, `${method} ${path} of ${this.url}`);
    return answer;
  }

  async #send(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    most: HttpRequest['most'] = {},
  ): Promise<HttpAnswer> {
    // The inventory has them of every DTR.
    const { username, password } = (await this.#credentials())!;
    return await this.#connection.send({
      method,
      url: `${this.url}/api/v0/${path}`,
      most,
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
