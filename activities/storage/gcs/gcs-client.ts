// Google Cloud Storage's JSON API over a kept pool of connections: the library's own requests buffer, retry and probe
// more than a copy of millions of objects can bear. The library gives the credentials.

import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Agent, request, type Dispatcher } from 'undici';
import type { GcsStorageEntry } from '../../../contracts/inventory.ts';
import { answerErrorOf, GcsAnswerError, gcsDelay, gcsError } from './gcs-errors.ts';
import { connectionOptions } from '../connecting.ts';
import type { ApiOpening } from '../opening.ts';
import { gcsTokens } from './gcs-tokens.ts';
import { retry } from '../../concurrency/retry.ts';

const DEFAULT_ENDPOINT = 'https://storage.googleapis.com';

export const gcsEndpointOf = (entry: GcsStorageEntry): string =>
  (entry.endpoint ?? DEFAULT_ENDPOINT).replace(/\/+$/, '');

export type GcsRequest = {
  /** What is done, e.g. `write`, and to what; for errors. */
  action: string;
  key?: string;
  signal?: AbortSignal | undefined;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the endpoint, with everything escaped that must be. */
  path: string;
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  /** Sent as JSON unless it is bytes. */
  body?: object | Buffer;
  /** Not tried again: a second try would not mean the same. */
  once?: boolean;
  /** Statuses beside 2xx that are no failure. */
  accept?: number[];
};

export type GcsAnswer = { status: number; headers: Record<string, string>; body: Readable };

export type GcsClient = {
  /** The head of the answer and its body, which must be consumed or destroyed. */
  send(asked: GcsRequest): Promise<GcsAnswer>;
  /** The head of the answer, and its body as text. */
  whole(asked: GcsRequest): Promise<Omit<GcsAnswer, 'body'> & { text: string }>;
  /** The body of the answer as JSON. */
  json<T>(asked: GcsRequest): Promise<T>;
  close(): Promise<void>;
};

export function gcsClient(
  name: string,
  entry: GcsStorageEntry,
  describe: string,
  { resolveSecret, patience }: ApiOpening,
): GcsClient {
  const endpoint = gcsEndpointOf(entry);
  const token = gcsTokens(name, entry, resolveSecret);
  const dispatcher = new Agent(connectionOptions());

  const sendOnce = async (asked: GcsRequest): Promise<GcsAnswer> => {
    const { method = 'GET', signal, body, accept = [] } = asked;
    const bearer = await token();
    const isJson = body !== undefined && !Buffer.isBuffer(body);
    const answer = await request(`${endpoint}${asked.path}${queryOf(asked.query)}`, {
      method,
      dispatcher,
      headers: {
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...asked.headers,
      },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
      ...(signal && { signal }),
    });
    const { statusCode: status } = answer;
    const headers = headersOf(answer);
    const isGood = status >= 200 && status < 300;
    if (isGood && isStrange(headers)) {
      answer.body.on('error', () => undefined).destroy();
      throw new GcsAnswerError(status, 'notGoogle', 'the answer is not that of the service');
    }
    if (isGood || accept.includes(status)) return { status, headers, body: answer.body };
    throw answerErrorOf(status, headers, await answer.body.text().catch(() => ''));
  };

  const translated = async <T>(asked: GcsRequest, work: () => Promise<T>): Promise<T> => {
    const { action, key, signal } = asked;
    try {
      signal?.throwIfAborted();
      return asked.once === true ? await work() : await retry(work, gcsDelay, patience.request, signal);
    } catch (error) {
      throw gcsError(error, { storage: describe, action, signal, ...(key !== undefined && { key }) });
    }
  };

  const wholeOnce: GcsClient['whole'] = async (asked) => {
    const { body, ...head } = await sendOnce(asked);
    return { ...head, text: await text(body) };
  };

  return {
    send: (asked) => translated(asked, () => sendOnce(asked)),
    whole: (asked) => translated(asked, () => wholeOnce(asked)),
    json: <T>(asked: GcsRequest) =>
      translated(asked, async () => {
        const { status, text: said } = await wholeOnce(asked);
        try {
          return JSON.parse(said) as T;
        } catch {
          throw new GcsAnswerError(status, 'notJson', 'the answer is not JSON');
        }
      }),
    close: () => dispatcher.destroy(),
  };
}

/** A page of something in between; only objects come in any type, and they come with their generation. */
const isStrange = (headers: Record<string, string>): boolean =>
  headers['x-goog-generation'] === undefined && headers['content-type']?.startsWith('text/html') === true;

function queryOf(query: GcsRequest['query']): string {
  const given = Object.entries(query ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

const headersOf = (answer: Dispatcher.ResponseData): Record<string, string> =>
  Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
