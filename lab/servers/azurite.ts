// The lab's Azure Blob Storage: Microsoft's own emulator, Azurite, with its data in a folder.

import { createRequire } from 'node:module';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { startProcess } from '../process.ts';

const READY_PROBE_TIMEOUT_MS = 1000;

export type AzuriteOptions = {
  port: number;
  /** Account name and key (base64); default: those that Microsoft publishes for the emulator. */
  account?: string;
  key?: string;
  containers: string[];
};

export type AzuriteServer = {
  /** URL of the account's blob service. */
  endpoint: string;
  account: string;
  key: string;
};

const AZURITE_PROCESS = 'azurite';
const EMULATOR_ACCOUNT = 'devstoreaccount1';
/** Published for every emulator: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const EMULATOR_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Starts the server under `<dir>/azurite` unless it runs, and makes the containers. */
export async function startAzurite(dir: string, options: AzuriteOptions): Promise<AzuriteServer> {
  const { port, account = EMULATOR_ACCOUNT, key = EMULATOR_KEY } = options;
  const root = join(dir, 'azurite');
  await mkdir(root, { recursive: true });
  const endpoint = `http://127.0.0.1:${port}/${account}`;
  await startProcess(dir, {
    name: AZURITE_PROCESS,
    command: process.execPath,
    args: [
      azuriteProgram(),
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', root],
      // Its clients are newer than it is, and it would report to a service on the internet.
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
    ],
    // The key goes by environment: arguments can be read by everybody on the machine.
    env: { PATH: process.env['PATH'], HOME: dir, AZURITE_ACCOUNTS: `${account}:${key}` },
    ready: () => answers(endpoint),
  });
  const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, key));
  for (const container of options.containers) {
    await service.getContainerClient(container).createIfNotExists();
  }
  return { endpoint, account, key };
}

function azuriteProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('azurite/package.json');
  return join(dirname(manifest), 'dist', 'src', 'blob', 'main.js');
}

/** An unsigned request is refused, which only a running server does. */
async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}?comp=list`, {
    signal: AbortSignal.timeout(READY_PROBE_TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.status >= 400;
}
