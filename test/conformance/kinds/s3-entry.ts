// Storages of kind S3 in one bucket of a test server, each below a root directory of its own.

import { openS3Storage } from '../../../activities/storage/s3/s3.ts';
import type { Storage } from '../../../activities/storage/storage.ts';
import type { S3StorageEntry } from '../../../contracts/inventory.ts';
import type { Opened } from './opened.ts';
import { unfinishedUploads } from './s3-uploads.ts';
import { openingOf } from '../../support/impatient.ts';

export type S3Access = { endpoint: string; region: string; accessKey: string; secretKey: string };

export const entryOf = (server: S3Access, bucket: string, rootdirectory: string): S3StorageEntry => ({
  kind: 's3',
  bucket,
  region: server.region,
  regionendpoint: server.endpoint,
  rootdirectory,
  accesskey: { env: 'ACCESS' },
  secretkey: { env: 'SECRET' },
  v4auth: true,
  secure: false,
  skipverify: false,
});

export async function openAt(server: S3Access, bucket: string, rootdirectory: string): Promise<Storage> {
  const secrets: Record<string, string> = { ACCESS: server.accessKey, SECRET: server.secretKey };
  return await openS3Storage(
    's3',
    entryOf(server, bucket, rootdirectory),
    openingOf((ref) => Promise.resolve(secrets['env' in ref ? ref.env : ''] ?? '')),
  );
}

export async function openS3Kind(
  server: S3Access,
  bucket: string,
  via: ((url: string) => Promise<string>) | undefined,
): Promise<Opened> {
  const reached = { ...server, endpoint: (await via?.(server.endpoint)) ?? server.endpoint };
  const storages: Storage[] = [];
  const open = async (rootdirectory: string): Promise<Storage> => {
    const storage = await openAt(reached, bucket, rootdirectory);
    storages.push(storage);
    return storage;
  };
  return {
    storage: await open('/registry'),
    beside: () => open('/other'),
    driver: {
      s3: {
        bucket,
        region: server.region,
        regionendpoint: server.endpoint,
        rootdirectory: '/registry',
        accesskey: server.accessKey,
        secretkey: server.secretKey,
        secure: false,
      },
    },
    remains: () => unfinishedUploads(server, bucket),
    stop: async () => {
      for (const storage of storages) await storage.close();
    },
  };
}
