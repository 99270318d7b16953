// Whom a pull that is redirected to a storage trusts: an HTTPS server whose authority nobody knows but the storage's entry.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Environment } from '../../activities/environment.ts';
import { openConnections } from '../../activities/registry/images/storage-connections.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { StorageEntry, SwiftStorageEntry } from '../../contracts/inventory.ts';
import { makeCertificates } from '../../lab/servers/certificates.ts';

let dir: string;
let server: Server;
let url: string;
let ca: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-trust-'));
  const certificates = await makeCertificates(dir, ['127.0.0.1']);
  ca = await readFile(certificates.ca, 'utf8');
  const [cert, key] = await Promise.all(
    [certificates.certificate, certificates.key].map((file) => readFile(file)),
  );
  server = createServer({ cert, key }, (_request, response) => response.end('blob'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/blob`;
});

afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true, force: true });
});

/** `env: CA` is the server's authority; nobody can read `env: LOST`. */
async function pull(...storages: StorageEntry[]): Promise<string> {
  const environment = {
    inventory: { storages: Object.fromEntries(storages.entries()) },
    resolveSecret: async (ref) => {
      if ('env' in ref && ref.env === 'CA') return ca;
      throw new TransshipError('SecretUnavailable', 'there is no such secret');
    },
  } as Pick<Environment, 'resolveSecret'> as Environment;
  const connections = openConnections(environment, undefined, {
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  try {
    const connection = await connections.towards(url, false);
    const answer = await connection.send({ method: 'GET', url });
    return answer.body.toString();
  } catch (error) {
    return (error as { type?: string }).type ?? String(error);
  } finally {
    await connections.close();
  }
}

const swift = (changes: Partial<SwiftStorageEntry>): StorageEntry => ({
  kind: 'swift',
  authurl: 'https://127.0.0.1:5000/v3',
  username: 'registry',
  password: { env: 'PASSWORD' },
  container: 'images',
  endpointtype: 'public',
  insecureskipverify: false,
  chunksize: 5_242_880,
  prefix: '',
  ...changes,
});

test.each<[string, string, StorageEntry]>([
  ['RegistryUnhealthy', 'a swift storage that says nothing', swift({})],
  ['blob', 'a swift storage with its authority', swift({ rootca: { env: 'CA' } })],
  ['blob', 'a swift storage that is not verified, on another port', swift({ insecureskipverify: true })],
  [
    'RegistryUnhealthy',
    'a swift storage that is not verified, on another server',
    swift({ insecureskipverify: true, authurl: 'https://127.0.0.9:5000/v3' }),
  ],
  ['RegistryUnhealthy', 'a gcs storage', { kind: 'gcs', bucket: 'images', rootdirectory: '' }],
])('%s: %s', async (expected, _name, storage) => {
  expect(await pull(storage)).toBe(expected);
});

const lost = { rootca: { env: 'LOST' } };

test('a secret that nobody can read is in the way of pulls from its own storage alone', async () => {
  expect(await pull(swift(lost))).toBe('SecretUnavailable');
  const elsewhere = swift({ ...lost, authurl: 'https://127.0.0.9:5000/v3' });
  expect(await pull(elsewhere, swift({ rootca: { env: 'CA' } }))).toBe('blob');
  // Where no entry names the server, any of them may be there.
  const another = swift({ rootca: { env: 'CA' }, authurl: 'https://127.0.0.8:5000/v3' });
  expect(await pull(elsewhere, another)).toBe('blob');
  expect(await pull(elsewhere)).toBe('RegistryUnhealthy');
});
