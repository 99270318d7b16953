// What a server cannot do to us with its answer: fill the memory, or keep us waiting by one byte at a time.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { HttpConnection } from '../../activities/http/http-connection.ts';
import { refusal } from '../../activities/http/refusal.ts';
import { type Answer, type OddServer, startOddServer } from './odd-server.ts';

const KIB = 1024;

let server: OddServer;
let connection: HttpConnection;
afterEach(async () => {
  await connection.close();
  await server.stop();
});

async function open(answer: Answer): Promise<string> {
  server = await startOddServer(answer);
  connection = new HttpConnection({ signal: new AbortController().signal, onProgress: () => undefined });
  return server.url;
}

/** Bytes without end, until nobody listens. */
async function pour(response: ServerResponse, status: number): Promise<number> {
  response.writeHead(status);
  let sent = 0;
  while (!response.destroyed) {
    const ready = response.write(Buffer.alloc(64 * KIB, 'a'));
    sent += 64 * KIB;
    if (!ready) await Promise.race([new Promise((resolve) => response.once('drain', resolve)), sleep(20)]);
  }
  return sent;
}

test('an answer without end is given up at its limit', async () => {
  const url = await open(async (_request, response) => void (await pour(response, 200)));
  await expect(connection.send({ method: 'GET', url, most: { bytes: 256 * KIB } })).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
    message: expect.stringContaining('answered with more than 256'),
  });
});

test('an error page without end is still the error that it says', async () => {
  const url = await open(async (_request, response) => void (await pour(response, 403)));
  const answer = await connection.send({ method: 'GET', url });
  expect(answer.status).toBe(403);
  expect(answer.body.length).toBeLessThanOrEqual(128 * KIB);
  expect(refusal(answer, 'GET it')).toMatchObject({ type: 'AccessDenied' });
});

test('an answer that comes byte by byte is given up when its time is over', async () => {
  const url = await open(async (_request, response) => {
    response.writeHead(200);
    while (!response.destroyed) {
      response.write('a');
      await sleep(10);
    }
  });
  await expect(connection.send({ method: 'GET', url, most: { ms: 100 } })).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
    message: expect.stringContaining('no whole answer'),
  });
});

test('a body of any length that only trickles is given up', async () => {
  const url = await open(async (_request, response) => {
    response.writeHead(200);
    while (!response.destroyed) {
      response.write('a');
      await sleep(10);
    }
  });
  const request = { method: 'GET', url, most: { trickleMs: 100 } } as const;
  const { body } = await connection.stream(request);
  await expect(connection.consume(request, body, () => undefined)).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
  });
});

test('a refusal says how long it wants to be left alone', async () => {
  const url = await open((_request, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end();
  });
  const answer = await connection.send({ method: 'GET', url });
  expect(refusal(answer, 'GET it')).toMatchObject({
    type: 'RegistryUnhealthy',
    details: { status: 429, retryAfterMs: 7000 },
  });
});
