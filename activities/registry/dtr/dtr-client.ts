// The product's own HTTP API under one base URL (dtr-msr.md §3): Basic authentication, JSON both ways, two kinds of
// paging. Every answer is checked against the shape that the caller names.

import type { z } from 'zod';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { HttpAnswer, HttpConnection, HttpRequest } from '../../http/http-connection.ts';
import { refusal } from '../../http/refusal.ts';
import { read, type Credentials } from '../answer.ts';

/** Records of one page. The default of the API, 10, would take ten times the requests. */
export const PAGE_SIZE = 200;

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
    return read(await this.#expectSuccess('GET', path), shape, `GET ${path} of ${this.url}`);
  }

  /** undefined if the registry knows no such thing (404). */
  async find<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.#send('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw refusal(answer, `GET ${path} of ${this.url}`);
    return read(answer, shape, `GET ${path} of ${this.url}`);
  }

  /** Every page of a list that pages with `pageStart` and `X-Next-Page-Start`. */
  async *pages<T>(path: string, shape: z.ZodType<T>): AsyncGenerator<T> {
    let pageStart = '';
    do {
      const query = new URLSearchParams({ pageSize: String(PAGE_SIZE), ...(pageStart && { pageStart }) });
      const answer = await this.#expectSuccess('GET', `${path}?${query.toString()}`);
      yield read(answer, shape, `GET ${path} of ${this.url}`);
      const next = answer.headers['x-next-page-start'] ?? '';
      if (next !== '' && next === pageStart)
        throw new TransshipError('RegistryUnhealthy', `${this.url} pages ${path} in a circle.`);
      pageStart = next;
    } while (pageStart !== '');
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

  async #expectSuccess(method: HttpRequest['method'], path: string, body?: unknown): Promise<HttpAnswer> {
    const answer = await this.#send(method, path, body);
    if (answer.status >= 300) throw refusal(answer, `${method} ${path} of ${this.url}`);
    return answer;
  }

  async #send(method: HttpRequest['method'], path: string, body?: unknown): Promise<HttpAnswer> {
    const { username, password } = await this.#credentials();
    return await this.#connection.send({
      method,
      url: `${this.url}/api/v0/${path}`,
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
