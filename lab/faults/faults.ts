// Faults of connections, servers and bytes, each as small as it can be. Faults of listings are in listing-faults.ts.

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { passOn, withoutHeaders, type Exchange, type Fault } from './faulty-proxy.ts';

const SLOW_PIECES = 10;
const SLOW_PIECE_INTERVAL_MS = 20;
const CHECKSUM_HEADERS = [
  'etag',
  'content-md5',
  'x-goog-hash',
  'x-ms-content-crc64',
  'x-amz-checksum-sha256',
];

const always = (): boolean => true;
const sends = ({ method, headers }: Exchange): boolean =>
  ['PUT', 'POST'].includes(method) && headers['content-length'] !== '0';
const reads = ({ method }: Exchange): boolean => method === 'GET';

/** Does it ask for a page of a listing of objects? */
export const listsObjects = ({ method, url }: Exchange): boolean =>
  method === 'GET' &&
  /[?&](list-type=2|encoding-type=url|comp=list|format=json|marker=)|^\/storage\/v1\/b\/[^/]+\/o(\?|$)/.test(
    url,
  );

/** Google tells of an object in a body; Swift tells of itself so. */
const asksAbout = ({ url }: Exchange): boolean =>
  (url.startsWith('/storage/v1/') && !url.includes('alt=media')) ||
  /^\/(info|auth|v[23])\b(?!\/AUTH)/.test(url);

/** The connection ends before the server sees anything. */
export const cutBeforeRequest: Fault = {
  name: 'cut-before-request',
  wants: always,
  act: async ({ cut }) => cut(),
};

/** The connection ends with half of the request's body at the server. */
export const cutInRequest: Fault = {
  name: 'cut-in-request',
  wants: sends,
  act: async ({ body, headers, forward, cut }) => {
    const half = Math.ceil(Number(headers['content-length'] ?? 2) / 2);
    async function* upToHalf(): AsyncGenerator<Buffer> {
      let sent = 0;
      for await (const chunk of body) {
        const piece = (chunk as Buffer).subarray(0, half - sent);
        sent += piece.length;
        yield piece;
        if (sent >= half) break;
      }
      await sleep(SLOW_PIECE_INTERVAL_MS);
      cut();
      throw new Error('the connection is cut');
    }
    await forward(Readable.from(upToHalf()));
  },
};

/** The server has done what it was asked for, and nobody hears of it. */
export const cutAfterRequest: Fault = {
  name: 'cut-after-request',
  wants: always,
  act: async ({ forward, cut }) => {
    await buffer(await forward());
    cut();
  },
};

/** The connection ends in the middle of the answer's body, whose length was announced. */
export const cutInAnswer: Fault = {
  name: 'cut-in-answer',
  wants: reads,
  act: async ({ forward, reply, cut }) => {
    const answer = await forward();
    const body = await buffer(answer);
    async function* half(): AsyncGenerator<Buffer> {
      yield body.subarray(0, body.length / 2);
      await sleep(SLOW_PIECE_INTERVAL_MS);
      cut();
      throw new Error('the connection is cut');
    }
    await reply({ ...headOf(answer), body: Readable.from(half()) });
  },
};

/** Half of the answer, announced and ended as if it were all. */
export const shortAnswer: Fault = {
  name: 'short-answer',
  wants: reads,
  act: async ({ forward, reply }) => {
    const answer = await forward();
    const body = await buffer(answer);
    await reply(withBody(answer, body.subarray(0, body.length / 2)));
  },
};

/** Half of the answer in chunks, ended as if it were all: nothing announced a length. */
export const shortChunkedAnswer: Fault = {
  name: 'short-chunked-answer',
  wants: reads,
  act: async ({ forward, reply }) => {
    const answer = await forward();
    const body = await buffer(answer);
    const { status, headers } = headOf(answer);
    await reply({
      status,
      headers: [
        ...withoutHeaders(headers, ['content-length', 'transfer-encoding']),
        'Transfer-Encoding',
        'chunked',
      ],
      body: body.subarray(0, body.length / 2),
    });
  },
};

export const unavailable = busy('unavailable', 503);
export const throttled = busy('throttled', 429);
export const serverError = busy('server-error', 500);

/** A load balancer's page in the place of the server's answer; the server is not asked. */
export const pageInstead: Fault = {
  name: 'page-instead',
  wants: always,
  act: async ({ body, reply }) => {
    await buffer(body);
    const page = Buffer.from('<html><body>It works!</body></html>');
    await reply({
      status: 200,
      headers: ['Content-Type', 'text/html', 'Content-Length', String(page.length)],
      body: page,
    });
  },
};

/** The answer in small pieces with pauses. */
export const slowAnswer: Fault = {
  name: 'slow-answer',
  wants: always,
  act: async ({ forward, reply }) => {
    const answer = await forward();
    const body = await buffer(answer);
    async function* pieces(): AsyncGenerator<Buffer> {
      const size = Math.ceil(body.length / SLOW_PIECES);
      for (let start = 0; start < body.length; start += size) {
        await sleep(SLOW_PIECE_INTERVAL_MS);
        yield body.subarray(start, start + size);
      }
    }
    await reply({ ...headOf(answer), body: Readable.from(pieces()) });
  },
};

/** Every header that tells a digest tells another one. */
export const wrongChecksumHeaders: Fault = {
  name: 'wrong-checksum-headers',
  wants: always,
  act: async ({ forward, reply }) => {
    const answer = await forward();
    const headers = answer.rawHeaders.map((value, n, raw) =>
      n % 2 === 1 && CHECKSUM_HEADERS.includes((raw[n - 1] as string).toLowerCase())
        ? value.replace(/[A-Za-z0-9]/, (first) => (first === 'a' ? 'b' : 'a'))
        : value,
    );
    await reply({ status: answer.statusCode ?? 502, headers, body: answer });
  },
};

/**
 * One bit of an object is another when it reaches the client. Listings and what else servers tell have no digest that
 * a client could compare: there TLS has to do.
 */
export const flippedAnswer: Fault = {
  name: 'flipped-answer',
  wants: (exchange) => reads(exchange) && !listsObjects(exchange) && !asksAbout(exchange),
  act: async ({ forward, reply }) => {
    const answer = await forward();
    await reply(withBody(answer, flipped(await buffer(answer))));
  },
};

/** One bit of the request's body is another when it reaches the server. */
export const flippedRequest: Fault = {
  name: 'flipped-request',
  wants: sends,
  act: async (exchange) => {
    const body = flipped(await buffer(exchange.body));
    await passOn(exchange, await exchange.forward(Readable.from([body])));
  },
};

export const FAULTS: Fault[] = [
  cutBeforeRequest,
  cutInRequest,
  cutAfterRequest,
  cutInAnswer,
  shortAnswer,
  shortChunkedAnswer,
  unavailable,
  throttled,
  serverError,
  pageInstead,
  slowAnswer,
  wrongChecksumHeaders,
  flippedAnswer,
  flippedRequest,
];

/** `answer` with other bytes, their number announced. */
export function withBody(answer: IncomingMessage, body: Buffer): Parameters<Exchange['reply']>[0] {
  const { status, headers } = headOf(answer);
  const kept = withoutHeaders(headers, ['content-length', 'transfer-encoding']);
  return { status, headers: [...kept, 'Content-Length', String(body.length)], body };
}

const headOf = (answer: IncomingMessage): { status: number; headers: string[] } => ({
  status: answer.statusCode ?? 502,
  headers: answer.rawHeaders,
});

function busy(name: string, status: number): Fault {
  return {
    name,
    wants: always,
    act: async ({ body, reply }) => {
      await buffer(body);
      const page = Buffer.from('Please come again.');
      const length = ['Content-Type', 'text/plain', 'Content-Length', String(page.length)];
      await reply({ status, headers: ['Retry-After', '0', ...length], body: page });
    },
  };
}

function flipped(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const middle = body.length >> 1;
  if (body.length > 0) other[middle] = (other[middle] as number) ^ 1;
  return other;
}
