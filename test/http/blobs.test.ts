// What a registry, a storage behind it, or a proxy before it answers when the first byte of a blob is asked for.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Environment } from '../../activities/environment.ts';
import { RegistryV2Client } from '../../activities/registry/images/registry-v2-client.ts';
import {
  openConnections,
  type StorageConnections,
} from '../../activities/registry/images/storage-connections.ts';
import { TokenSource } from '../../activities/registry/images/token-source.ts';
import { type OddServer, startOddServer } from './odd-server.ts';

const credentials = async () => ({ username: 'admin', password: 'unimportant' });
const DIGEST = `sha256:${'a'.repeat(64)}`;

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let registry: OddServer;
let storage: OddServer;
let connections: StorageConnections;
let client: RegistryV2Client;

beforeEach(async () => {
  registry = await startOddServer((request, response) => {
    if (request.url === '/v2/') response.end('{}');
    else answer(request, response);
  });
  storage = await startOddServer((request, response) => answer(request, response));
  const environment = { inventory: { storages: {} } } as unknown as Environment;
  const signal = new AbortController().signal;
  connections = openConnections(environment, undefined, { signal, onProgress: () => undefined });
  client = new RegistryV2Client(
    connections,
    new TokenSource(connections.registry, registry.url, credentials),
  );
});
afterEach(async () => {
  await connections.close();
  for (const server of [registry, storage]) await server.stop();
});

const size = async (): Promise<number | null | undefined> => await client.blobSize('dev/app', DIGEST);

test.each<[string, number | null, (request: IncomingMessage, response: ServerResponse) => void]>([
  [
    'its first byte',
    4711,
    ({ headers }, response) => {
      expect(headers['range']).toBe('bytes=0-0');
      response.writeHead(206, { 'content-range': 'bytes 0-0/4711' }).end('x');
    },
  ],
  ['all of it', 5, (_request, response) => response.writeHead(200, { 'content-length': '5' }).end('bytes')],
  ['all of it, of a length that it does not say', null, (_request, response) => response.write('bytes')],
  ['that it has no bytes', 0, (_request, response) => response.writeHead(416).end()],
  [
    'that it has no bytes, in other words',
    0,
    (_request, response) => response.writeHead(416, { 'content-range': 'bytes */0' }).end(),
  ],
])('%s is a blob of %s bytes', async (_name, bytes, answers) => {
  answer = answers;
  expect(await size()).toBe(bytes);
});

test('a blob that is not there is no error', async () => {
  answer = (_request, response) => response.writeHead(404).end('{}');
  expect(await size()).toBeUndefined();
});

test('a storage that does not let us in is the failure of the registry and not of our credentials', async () => {
  answer = (request, response) => {
    const isStorage = request.headers.host === new URL(storage.url).host;
    if (isStorage) response.writeHead(403).end('<Error/>');
    else response.writeHead(307, { location: `${storage.url}/blob?signature=secret` }).end();
  };
  await expect(size()).rejects.toMatchObject({ type: 'RegistryUnhealthy', details: { status: 403 } });
  await expect(size()).rejects.not.toThrow(/signature/);
});

test('what is not a digest is never asked for', async () => {
  answer = (_request, response) => response.end('x');
  await expect(client.blobSize('dev/app', '../../other')).rejects.toMatchObject({ type: 'RegistryRefused' });
  await expect(client.getManifest('dev/app', '../../other')).rejects.toMatchObject({
    type: 'RegistryRefused',
  });
  expect(registry.requests.filter((request) => request.includes('other'))).toEqual([]);
});

test('a blob without end, or one that is longer than its manifest says, is given up', async () => {
  answer = (_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', more);
    more();
  };
  let read = 0;
  const count = (chunk: Buffer): void => void (read += chunk.length);
  await expect(client.pullBlob('dev/app', { digest: DIGEST, size: 100_000 }, count)).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
  });
  expect(read).toBeLessThanOrEqual(100_000);
  // Of this one the first bytes are enough.
  expect(await size()).toBeNull();
});
