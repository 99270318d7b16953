// Google Cloud Storage on fake-gcs-server.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGcsStorage } from '../../../activities/storage/gcs/gcs.ts';
import { PARTS_FOLDER } from '../../../activities/storage/gcs/gcs-parts.ts';
import type { Storage } from '../../../activities/storage/storage.ts';
import type { GcsStorageEntry } from '../../../contracts/inventory.ts';
import { startFakeGcs, type FakeGcsServer } from '../../../lab/servers/fake-gcs.ts';
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

export const gcsEntryOf = (endpoint: string, rootdirectory: string): GcsStorageEntry => ({
  kind: 'gcs',
  bucket: GCS_BUCKET,
  rootdirectory,
  endpoint,
});

export const openGcsAt = (endpoint: string, rootdirectory: string): Promise<Storage> =>
  openGcsStorage(
    'gcs',
    gcsEntryOf(endpoint, rootdirectory),
    openingOf(() => Promise.reject(new Error('no secrets here'))),
  );

/** Names of all objects of the bucket. */
export async function gcsNames(endpoint: string): Promise<string[]> {
  const answer = await fetch(`${endpoint}/storage/v1/b/${GCS_BUCKET}/o`);
  const { items = [] } = (await answer.json()) as { items?: { name: string }[] };
  return items.map(({ name }) => name);
}

export const open: Open = async (via) => {
  const servers = await startTestGcs();
  const { endpoint } = servers.gcs;
  const reached = (await via?.(endpoint)) ?? endpoint;
  const storages: Storage[] = [];
  const openAt = async (rootdirectory: string): Promise<Storage> => {
    const storage = await openGcsAt(reached, rootdirectory);
    storages.push(storage);
    return storage;
  };
  return {
    storage: await openAt(ROOT),
    beside: () => openAt('other'),
    showsSha256: true,
    refuses: (key) => /[\r\n]/.test(key),
    google: endpoint,
    driver: { gcs: { bucket: GCS_BUCKET, rootdirectory: ROOT } },
    remains: async () => (await gcsNames(endpoint)).filter((name) => name.includes(PARTS_FOLDER)),
    stop: async () => {
      for (const storage of storages) await storage.close();
      await servers.stop();
    },
  };
};
