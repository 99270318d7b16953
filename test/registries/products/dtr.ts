// The stand-in DTR with two replicas, and the host that runs its bootstrapper.

import { join } from 'node:path';
import { expect } from 'vitest';
import type { S3StorageEntry } from '../../../contracts/inventory.ts';
import { BUCKET, ROOT_DIRECTORY, startRegistryRig } from '../../registry/registry-rig.ts';
import type { Opened } from '../opened.ts';

const CRON = { action: 'onlinegc', schedule: '0 0 1 * * 0', retries: 0, deadline: '15m', stopTimeout: '30s' };

export async function openDtr(): Promise<Opened> {
  const rig = await startRegistryRig({ bootstrapper: true, standIn: { habits: { portsMatter: true } } });
  const { environment, run, onRegistry, client, password, s3 } = rig;
  return {
    environment,
    run,
    onRegistry,
    client,
    password,
    looksLike: {
      version: '2.7.9',
      mode: 'online',
      collection: { words: [], value: [] },
      storage: expect.objectContaining({ driver: 'filesystem' }) as never,
    },
    addresses: ['127.0.0.1'],
    createRepository: async (repository) => await rig.dtr.createRepository(repository),
    blobFile: (digest) => join(rig.images, blobKey(digest)),
    copiedFile: (digest) => join(s3.folders[BUCKET]!, ROOT_DIRECTORY, blobKey(digest)),
    loseManifest: async (repository, digest) => {
      rig.store.run('DELETE FROM manifests WHERE repository = ? AND digest = ?', repository, digest);
    },
    digestOfLost: (digest) => digest,
    unreadable: {
      ...(environment.inventory.storages['s3-prod'] as S3StorageEntry),
      rootca: { env: 'NOWHERE' },
    },
    storages: { source: 'prod-folder', destination: 's3-prod', copy: rig.copyImagesToS3 },
    destinationShown: {
      driver: 's3',
      fields: {
        bucket: BUCKET,
        region: s3.region,
        regionendpoint: s3.endpoint,
        rootdirectory: ROOT_DIRECTORY,
        v4auth: true,
        secure: false,
        skipverify: false,
      },
      volume: '',
    },
    collection: {
      turnOn: async () => {
        await rig.api('POST', 'crons', CRON);
        return [`${CRON.action} ${CRON.schedule}`];
      },
      turnOff: async () => void (await rig.api('DELETE', `crons/${CRON.action}`)),
      shown: async () => {
        const { crons } = (await rig.api('GET', 'crons')) as { crons: (typeof CRON)[] };
        // A cron that comes back has another id, and its next run is a matter of time.
        return crons
          .filter(({ action }) => action.includes('gc'))
          .map((cron) => ({ ...cron, id: '', nextRun: '' }));
      },
    },
    isCanaryMadeByPush: false,
    hasMetadata: true,
    stop: rig.stop,
  };
}

function blobKey(digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return join('docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}
