// Azure in the lab: two containers on Azurite, with an account key of the lab's own.

import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { readSecret, secretFile } from './lab-config.ts';
import { startAzurite } from '../servers/azurite.ts';
import { type OpenedStorage, PLACE_NAMES } from './places.ts';

const ACCOUNT = 'labregistry';

export async function openAzurePlaces(dir: string, port: number): Promise<OpenedStorage> {
  const keyFile = await secretFile(dir, 'azure-account-key');
  // Hexadecimal digits are base64 as well.
  const key = await readSecret(keyFile);
  const { endpoint } = await startAzurite(dir, {
    port,
    account: ACCOUNT,
    key,
    containers: Object.values(PLACE_NAMES),
  });
  const common = { accountname: ACCOUNT, serviceurl: endpoint, realm: 'core.windows.net' };
  return {
    entry: (place) => ({
      kind: 'azure',
      ...common,
      accountkey: { file: keyFile },
      container: PLACE_NAMES[place],
      rootdirectory: '',
      // The lab's registry is a Distribution 3 there.
      legacyrootprefix: false,
    }),
    section: (place) => ({ azure: { ...common, accountkey: key, container: PLACE_NAMES[place] } }),
    clear: async (place) => {
      const credential = new StorageSharedKeyCredential(ACCOUNT, key);
      const container = new ContainerClient(`${endpoint}/${PLACE_NAMES[place]}`, credential);
      for await (const { name } of container.listBlobsFlat()) await container.deleteBlob(name);
    },
  };
}
