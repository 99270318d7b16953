// What stays until somebody changes the inventory or the storage has a type of its own on every kind and real server, so that
// a preflight says it at once, and is not taken for a server that is away.

import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStorageEntry } from '../../activities/storage/open-storage.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { StorageEntry } from '../../contracts/inventory.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { azureEntryOf, startTestAzurite } from '../conformance/kinds/azure.ts';
import { gcsEntryOf, startTestGcs } from '../conformance/kinds/gcs.ts';
import { sharedSwift } from '../conformance/kinds/swift.ts';
import { openTestHost, startTestHosts, startTestS3, testSecrets } from '../conformance/servers.ts';
import { swiftEntryOf } from '../conformance/swift-server.ts';
import { openingOf } from '../support/impatient.ts';
import { refusalOf } from '../support/refusal-of.ts';

type Case = { entry: StorageEntry; secret: (name: string) => string };

const wrong = (): string => Buffer.from('wrong').toString('base64');

const stops: (() => Promise<void>)[] = [];
let cases: Record<string, Case> = {};
let onHost: Storage;

beforeAll(async () => {
  const [s3, azure, gcs, shared, hosts] = await Promise.all([
    startTestS3(),
    startTestAzurite(),
    startTestGcs(),
    sharedSwift(),
    startTestHosts('node-1'),
  ]);
  const swift = shared.server;
  const swiftEntry = swiftEntryOf(swift, shared.own);
  const keys = (name: string): string => testSecrets(s3.s3)[name] ?? '';
  const azureEntry = azureEntryOf(azure.azurite, '/registry');
  const ofSwift = (): string => swift.password;
  const endpoint = s3.s3.endpoint.replace('http:', 'https:');
  cases = {
    'no bucket of S3': { entry: { ...s3.entry, bucket: 'none-of-that-name' }, secret: keys },
    'no name of a bucket': { entry: { ...s3.entry, bucket: 'No_Bucket' }, secret: keys },
    'wrong keys of S3': { entry: s3.entry, secret: () => 'wrong' },
    'TLS to a server without': {
      entry: { ...s3.entry, secure: true, regionendpoint: endpoint },
      secret: keys,
    },
    'no container of Azure': {
      entry: { ...azureEntry, container: 'none-of-that-name' },
      secret: () => azure.azurite.key,
    },
    'wrong key of Azure': { entry: azureEntry, secret: wrong },
    'no bucket of Google': { entry: gcsEntryOf(gcs.gcs.endpoint, '', 'none-of-that-name'), secret: wrong },
    'no container of Swift': { entry: { ...swiftEntry, container: 'none-of-that-name' }, secret: ofSwift },
    'wrong password of Swift': { entry: swiftEntry, secret: wrong },
    'no directory': { entry: { kind: 'filesystem', path: join(tmpdir(), 'transship-none') }, secret: wrong },
  };
  const host = openTestHost(hosts.hosts[0] as SshHost);
  onHost = openHostStorage(host, '/nowhere/to/be/found');
  for (const server of [s3, azure, gcs, hosts]) stops.push(() => server.stop());
  stops.push(() => host.close());
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const refusals = async (storage: Storage): Promise<unknown[]> => {
  const body = Buffer.from('content');
  const ways = [
    () => Array.fromAsync(storage.list({})),
    () => storage.write('key', body, { size: body.length }),
  ];
  const found: unknown[] = [];
  for (const way of ways) found.push(await refusalOf(way));
  await storage.close();
  return found;
};

describe('said by every way of asking', () => {
  test.each<[string, string, string?]>([
    ['no bucket of S3', 'StorageMismatch'],
    ['no name of a bucket', 'StorageMismatch'],
    ['wrong keys of S3', 'AccessDenied'],
    ['TLS to a server without', 'StorageMismatch'],
    ['no container of Azure', 'StorageMismatch'],
    ['wrong key of Azure', 'AccessDenied'],
    // Of a write Google names the bucket, and the emulator says no more than 404.
    ['no bucket of Google', 'StorageMismatch', 'StorageUnavailable'],
    ['no container of Swift', 'StorageMismatch'],
    ['wrong password of Swift', 'AccessDenied'],
    ['no directory', 'StorageMismatch'],
  ])('%s', async (name, type, ofWrite = type) => {
    const { entry, secret } = cases[name] as Case;
    const opening = openingOf((ref) => Promise.resolve(secret((ref as { env: string }).env)));
    // Some kinds ask their server when they are opened.
    const refused = await openStorageEntry('named', entry, opening).then(
      refusals,
      (error: { type: string }) => [error.type, error.type],
    );
    expect(refused).toEqual([type, ofWrite]);
  });

  test('no directory on a host', async () => {
    expect(await refusals(onHost)).toEqual(['StorageMismatch', 'StorageMismatch']);
  });
});
