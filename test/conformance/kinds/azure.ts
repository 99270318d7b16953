// Azure on Azurite.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAzureStorage } from '../../../activities/storage/azure/azure.ts';
import type { Storage } from '../../../activities/storage/storage.ts';
import type { AzureStorageEntry } from '../../../contracts/inventory.ts';
import { startAzurite, type AzuriteServer } from '../../../lab/servers/azurite.ts';
import { sharedServer } from '../../support/shared-server.ts';
import { stopAll, type TestServers } from '../servers.ts';
import type { Open } from './opened.ts';
import { freePort } from '../../../lab/free-port.ts';
import { openingOf } from '../../support/impatient.ts';

export const AZURE_CONTAINER = 'images';
const ROOT = '/registry';

export async function startTestAzurite(): Promise<TestServers<{ azurite: AzuriteServer }>> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-azurite-'));
  const azurite = await startAzurite(dir, { port: await freePort(), containers: [AZURE_CONTAINER] });
  return { dir, azurite, stop: () => stopAll(dir) };
}

export const azureEntryOf = (
  azurite: AzuriteServer,
  rootdirectory: string,
  container = AZURE_CONTAINER,
): AzureStorageEntry => ({
  kind: 'azure',
  accountname: azurite.account,
  accountkey: { env: 'KEY' },
  container,
  realm: 'core.windows.net',
  serviceurl: azurite.endpoint,
  rootdirectory,
});

export const openAzureAt = (
  azurite: AzuriteServer,
  rootdirectory: string,
  container?: string,
): Promise<Storage> =>
  openAzureStorage(
    'azure',
    azureEntryOf(azurite, rootdirectory, container),
    openingOf(() => Promise.resolve(azurite.key)),
  );

export const open: Open = async (via) => {
  const { server: azurite, own } = await sharedServer('azurite', ['blob'], ({ dir, ports, own: container }) =>
    startAzurite(dir, { port: ports.blob, containers: [container] }),
  );
  const reached = { ...azurite, endpoint: (await via?.(azurite.endpoint)) ?? azurite.endpoint };
  return {
    storage: await openAzureAt(reached, ROOT, own),
    beside: () => openAzureAt(reached, '/other', own),
    showsSha256: true,
    refuses: (key) => key.includes('\\'),
    largePages: true,
    driver: {
      azure: {
        credentials: { type: 'shared_key' },
        accountname: azurite.account,
        accountkey: azurite.key,
        container: own,
        serviceurl: azurite.endpoint,
        rootdirectory: ROOT,
      },
    },
    // Blocks without a list are in no listing, and the service's own to drop.
    remains: () => Promise.resolve([]),
    stop: () => Promise.resolve(),
  };
};
