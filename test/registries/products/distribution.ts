// Distribution itself: Debian's 2.8 and 3, each with two processes, of which one is reached over SSH.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3StorageEntry } from '../../../contracts/inventory.ts';
import type { RegistryRelease } from '../../../lab/servers/distribution.ts';
import { BUCKET, ROOT_DIRECTORY, startDistributionRig } from '../../registry/distribution-rig.ts';
import type { Opened } from '../opened.ts';

export async function openDistribution(release: RegistryRelease): Promise<Opened> {
  const rig = await startDistributionRig(release);
  const { environment, run, onRegistry, client, password, s3, images } = rig;
  return {
    environment,
    run,
    onRegistry,
    client,
    password,
    looksLike: {
      version: release === 'v3' ? '3.1.2+unknown' : '2.8.2+ds1',
      mode: 'classic',
      collection: { words: [], value: [] },
      storage: { driver: 'filesystem', fields: { rootdirectory: images }, volume: images },
      findings: [],
    },
    isCanaryMadeByPush: true,
    addresses: [new URL(rig.entry.url).hostname],
    createRepository: async () => undefined,
    blobFile: (digest) => join(images, blobKey(digest)),
    copiedFile: (digest) => join(s3.folders[BUCKET]!, ROOT_DIRECTORY, blobKey(digest)),
    loseManifest: async (repository, digest) => {
      const [, hex = ''] = digest.split(':');
      const revision = join(
        'docker/registry/v2/repositories',
        repository,
        '_manifests/revisions/sha256',
        hex,
      );
      await rm(join(images, revision), { recursive: true });
    },
    digestOfLost: () => `sha256:${'0'.repeat(64)}`,
    unreadable: {
      ...(environment.inventory.storages['s3-prod'] as S3StorageEntry),
      rootca: { env: 'NOWHERE' },
    },
    storages: { source: 'source', destination: 's3-prod', copy: rig.copyImagesToS3 },
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
    hasMetadata: false,
    stop: rig.stop,
  };
}

function blobKey(digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return join('docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}
