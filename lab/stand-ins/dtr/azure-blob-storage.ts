// Blobs in an Azure container, as Distribution's `azure` driver lays them out. Debian's Distribution is built without that
// driver, so Distribution 3 serves them, whose section has other names for two things.

import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { BLOBS, blobKeys, hexOfKey, textOf } from './blob-layout.ts';
import type { BlobStorage } from './blob-layout.ts';

const DEFAULT_REALM = 'core.windows.net';

export function azureStorage(parameters: Record<string, unknown>): BlobStorage {
  const text = textOf(parameters);
  const account = text('accountname');
  const serviceurl = text('serviceurl') || `https://${account}.blob.${text('realm') || DEFAULT_REALM}`;
  const folder = text('rootdirectory').replaceAll(/^\/+|\/+$/g, '');
  const root = folder === '' ? '' : `${folder}/`;
  const container = new ContainerClient(
    `${serviceurl}/${text('container')}`,
    new StorageSharedKeyCredential(account, text('accountkey')),
    { retryOptions: { maxTries: 1 } },
  );
  return {
    section: {
      azure: {
        accountname: account,
        accountkey: text('accountkey'),
        container: text('container'),
        rootdirectory: folder,
        serviceurl,
        credentials: { type: 'shared_key' },
      },
      // The links that it signs are for HTTPS alone, which an emulator does not speak.
      ...(serviceurl.startsWith('http:') ? { redirect: { disable: true } } : {}),
    },
    distribution: 3,
    probe: async () => {
      await container.listBlobsFlat({ prefix: root }).byPage({ maxPageSize: 1 }).next();
    },
    async *list() {
      for await (const blob of container.listBlobsFlat({ prefix: `${root}${BLOBS}` })) {
        const hex = hexOfKey(blob.name);
        if (hex !== undefined)
          yield { digest: `sha256:${hex}`, modifiedMs: blob.properties.lastModified.getTime() };
      }
    },
    async remove(digests) {
      for (const key of blobKeys(digests)) await container.getBlobClient(`${root}${key}`).deleteIfExists();
    },
  };
}
