// Google Cloud Storage on fake-gcs-server.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGcsStorage } from '../../../activities/storage/gcs/gcs.ts';
import { PARTS_FOLDER } from '../../../activities/storage/gcs/gcs-parts.ts';
import type { Storage } from '../../../activities/storage/storage.ts';
import type { GcsStorageEntry } from '../../../contracts/inventory.ts';
import { startFakeGcs, type FakeGcsServer } from '../../../lab/servers/fake-gcs.ts';
import { sharedServer } from '../../support/shared-server.ts';
import { stopAll, type TestServers } from '../servers.ts';
import type { Open } from './opened.ts';
import { freePort } from '../../../lab/free-port.ts';
import { openingOf } from '../../support/impatient.ts';

export const GCS_BUCKET = 'images';
const ROOT = 'registry';

export async function startTestGcs(): Promise<TestServers<{ gcs: FakeGcsServer }>> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-gcs-'));
  const gcs = await startFakeGcs(dir, { port: await freePort(), buckets: [GCS_BUCKET] });
  return { dir, gcs, stop: () => stopAll(dir) };
}

export const gcsEntryOf = (
  endpoint: string,
  rootdirectory: string,
  bucket = GCS_BUCKET,
): GcsStorageEntry => ({
  kind: 'gcs',
  bucket,
  rootdirectory,
  endpoint,
});

export const openGcsAt = (endpoint: string, rootdirectory: string, bucket?: string): Promise<Storage> =>
  openGcsStorage(
    'gcs',
    gcsEntryOf(endpoint, rootdirectory, bucket),
    openingOf(() => Promise.reject(new Error('no secrets here'))),
  );

/** Names of all objects of the bucket. */
export async function gcsNames(endpoint: string, bucket = GCS_BUCKET): Promise<string[]> {
  const answer = await fetch(`${endpoint}/storage/v1/b/${bucket}/o`);
  const { items = [] } = (await answer.json()) as { items?: { name: string }[] };
  return items.map(({ name }) => name);
}

export const open: Open = async (via) => {
  const { server, own } = await sharedServer('fake-gcs', ['api'], ({ dir, ports, own: bucket }) =>
    startFakeGcs(dir, { port: ports.api, buckets: [bucket] }),
  );
  const { endpoint } = server;
  const reached = (await via?.(endpoint)) ?? endpoint;
  const storages: Storage[] = [];
  const openAt = async (rootdirectory: string): Promise<Storage> => {
    const storage = await openGcsAt(reached, rootdirectory, own);
    storages.push(storage);
    return storage;
  };
  return {
    storage: await openAt(ROOT),
    beside: () => openAt('other'),
    showsSha256: true,
    refuses: (key) => /[\r\n]/.test(key),
    google: endpoint,
    driver: { gcs: { bucket: own, rootdirectory: ROOT } },
    remains: async () => (await gcsNames(endpoint, own)).filter((name) => name.includes(PARTS_FOLDER)),
    stop: async () => {
      for (const storage of storages) await storage.close();
    },
  };
};
