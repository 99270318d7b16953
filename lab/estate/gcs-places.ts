// Google Cloud Storage in the lab: two buckets of the emulator, and what the registry needs to take it for Google's.

import { Storage } from '@google-cloud/storage';
import type { GcsPorts } from './lab-config.ts';
import { startFakeGcs } from '../servers/fake-gcs.ts';
import { readAccount, startGoogleFront } from '../servers/google-front.ts';
import { type OpenedStorage, PLACE_NAMES } from './places.ts';

const ROOT = 'dtr';

export async function openGcsPlaces(dir: string, ports: GcsPorts): Promise<OpenedStorage> {
  const { endpoint } = await startFakeGcs(dir, {
    port: ports.api,
    buckets: Object.values(PLACE_NAMES),
  });
  const keyfile = await startGoogleFront(dir, ports);
  const credentials = await readAccount(keyfile);
  return {
    entry: (place) => ({
      kind: 'gcs',
      bucket: PLACE_NAMES[place],
      keyfile: { file: keyfile },
      rootdirectory: ROOT,
      endpoint,
    }),
    section: (place) => ({ gcs: { bucket: PLACE_NAMES[place], rootdirectory: ROOT, credentials } }),
    clear: async (place) => {
      const storage = new Storage({ apiEndpoint: endpoint, projectId: 'lab' });
      await storage.bucket(PLACE_NAMES[place]).deleteFiles({ force: true });
    },
  };
}
