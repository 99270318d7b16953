// Blobs in a Google Cloud Storage bucket, as Distribution's `gcs` driver lays them out. Debian's Distribution is built
// without that driver, so Distribution 3 serves them.

import { Storage } from '@google-cloud/storage';
import { googleEnvironment } from '../../servers/google-front.ts';
import { BLOBS, blobKeys, hexOfKey, textOf } from './blob-layout.ts';
import type { BlobStorage } from './blob-layout.ts';
import type { GoogleFront } from './cluster.ts';

/** Without `front` it is Google's own. */
export function gcsStorage(parameters: Record<string, unknown>, front: GoogleFront | undefined): BlobStorage {
  const text = textOf(parameters);
  const folder = text('rootdirectory').replaceAll(/^\/+|\/+$/g, '');
  const root = folder === '' ? '' : `${folder}/`;
  const credentials = parameters['credentials'] as { client_email: string; private_key: string } | undefined;
  const storage = new Storage({
    retryOptions: { autoRetry: false },
    ...(front === undefined ? {} : { apiEndpoint: front.api, projectId: 'lab' }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  const bucket = storage.bucket(text('bucket'));
  return {
    section: {
      gcs: parameters,
      // It signs links to Google's own address, whatever the server.
      ...(front === undefined ? {} : { redirect: { disable: true } }),
    },
    distribution: 3,
    ...(front === undefined ? {} : { env: googleEnvironment(front) }),
    probe: async () => {
      await bucket.getFiles({ prefix: root, maxResults: 1, autoPaginate: false });
    },
    async *list() {
      for await (const file of bucket.getFilesStream({ prefix: `${root}${BLOBS}` })) {
        const { name, metadata } = file as { name: string; metadata: { updated?: string } };
        const hex = hexOfKey(name);
        if (hex !== undefined)
          yield { digest: `sha256:${hex}`, modifiedMs: Date.parse(metadata.updated ?? '') || 0 };
      }
    },
    async remove(digests) {
      for (const key of blobKeys(digests))
        await bucket.file(`${root}${key}`).delete({ ignoreNotFound: true });
    },
  };
}
