// Azure in the lab: two containers on Azurite, with an account key of the lab's own.

import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { readSecret, secretFile } from './lab-config.ts';
import { startAzurite } from '../servers/azurite.ts';
import { type OpenedStorage, SITE_NAMES } from './sites.ts';

const ACCOUNT = 'labregistry';

export async function openAzureSites(dir: string, port: number): Promise<OpenedStorage> {
  const keyFile = await secretFile(dir, 'azure-account-key');
  // Hexadecimal digits are base64 as well.
  const key = await readSecret(keyFile);
  const { endpoint } = await startAzurite(dir, {
    port,
    account: ACCOUNT,
    key,
    containers: Object.values(SITE_NAMES),
  });
  const common = { accountname: ACCOUNT, serviceurl: endpoint, realm: 'core.windows.net' };
  return {
    entry: (site) => ({
      kind: 'azure',
      ...common,
      accountkey: { file: keyFile },
      container: SITE_NAMES[site],
      rootdirectory: '',
      // The lab's registry is a Distribution 3 there.
      legacyrootprefix: false,
    }),
    section: (site) => ({ azure: { ...common, accountkey: key, container: SITE_NAMES[site] } }),
    clear: async (site) => {
      const credential = new StorageSharedKeyCredential(ACCOUNT, key);
      const container = new ContainerClient(`${endpoint}/${SITE_NAMES[site]}`, credential);
      for await (const { name } of container.listBlobsFlat()) await container.deleteBlob(name);
    },
  };
}
