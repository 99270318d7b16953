// Google Cloud Storage in the lab: two buckets of the emulator, and what the registry needs to take it for Google's.

import { Storage } from '@google-cloud/storage';
import type { GcsPorts } from './lab-config.ts';
import { startFakeGcs } from '../servers/fake-gcs.ts';
import { readAccount, startGoogleFront } from '../servers/google-front.ts';
import { type OpenedStorage, SITE_NAMES } from './sites.ts';

const ROOT = 'dtr';

export async function openGcsSites(dir: string, ports: GcsPorts): Promise<OpenedStorage> {
  const { endpoint } = await startFakeGcs(dir, {
    port: ports.api,
    buckets: Object.values(SITE_NAMES),
  });
  const keyfile = await startGoogleFront(dir, ports);
  const credentials = await readAccount(keyfile);
  return {
    entry: (site) => ({
      kind: 'gcs',
      bucket: SITE_NAMES[site],
      keyfile: { file: keyfile },
      rootdirectory: ROOT,
      endpoint,
    }),
    section: (site) => ({ gcs: { bucket: SITE_NAMES[site], rootdirectory: ROOT, credentials } }),
    clear: async (site) => {
      const storage = new Storage({ apiEndpoint: endpoint, projectId: 'lab' });
      await storage.bucket(SITE_NAMES[site]).deleteFiles({ force: true });
    },
  };
}
