// Runs the real Distribution that keeps a replica's blobs (container `dtr-registry-<id>`). Distribution reads its
// configuration once, so a change starts a second one beside the first; the first ends when nobody uses it any more.

import { mkdir, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../free-port.ts';
import { listProcesses, startProcess, stopProcess } from '../../process.ts';
import type { BlobStorage } from './blob-layout.ts';
import type { ReplicaRecord, StandInConfig } from './cluster.ts';
import type { StorageOptions } from './settings.ts';

const MAX_SOCKETS = 128;

export type Distribution = { name: string; address: string; port: number; agent: Agent };

export type DistributionSettings = {
  storage: BlobStorage;
  options: StorageOptions;
  readOnly: boolean;
  /** Lets an upload begin on one replica and end on another. */
  secret: string;
};

/** Every process of a replica's Distribution starts with this; a number follows. */
export const distributionProcess = (id: string): string => `dtr-registry-${id}`;

export async function startDistribution(
  config: StandInConfig,
  replica: ReplicaRecord,
  settings: DistributionSettings,
): Promise<Distribution> {
  const port = await freePort(replica.address);
  const name = `${distributionProcess(replica.id)}-${port}`;
  const folder = join(config.processDir, 'dtr', 'registry');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${replica.id}.yml`);
  await writeFile(file, JSON.stringify(distributionConfig(replica.address, port, settings)), { mode: 0o600 });
  await startProcess(config.processDir, {
    name,
    command: programFor(config, settings.storage),
    args: ['serve', file],
    env: { ...environmentOfDistribution(), ...settings.storage.env },
    ready: async () => (await fetch(`http://${replica.address}:${port}/v2/`)).ok,
  });
  return {
    name,
    address: replica.address,
    port,
    agent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  };
}

function programFor(config: StandInConfig, storage: BlobStorage): string {
  if (storage.distribution === undefined) return 'docker-registry';
  if (config.distribution3 === undefined)
    throw new Error('Distribution 3 is needed for this storage, and nobody said where it is');
  return config.distribution3;
}

export async function stopDistribution(config: StandInConfig, distribution: Distribution): Promise<void> {
  await stopProcess(config.processDir, distribution.name);
  distribution.agent.destroy();
}

/** Ends what an earlier process of this replica left running. */
export async function stopEveryDistribution(config: StandInConfig, id: string): Promise<void> {
  const left = (await listProcesses(config.processDir)).filter(({ name }) =>
    name.startsWith(distributionProcess(id)),
  );
  await Promise.all(left.map(({ name }) => stopProcess(config.processDir, name)));
}

/** JSON is YAML, so the configuration is written as it is. */
function distributionConfig(address: string, port: number, settings: DistributionSettings): unknown {
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      ...settings.options,
      ...settings.storage.section,
      maintenance: {
        uploadpurging: { enabled: false },
        ...(settings.readOnly ? { readonly: { enabled: true } } : {}),
      },
    },
    http: { addr: `${address}:${port}`, secret: settings.secret, relativeurls: true },
  };
}

/** Its S3 driver dies of `AWS_CA_BUNDLE`, and must not find credentials that the configuration does not name. */
function environmentOfDistribution(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('AWS_') && !/_proxy$/i.test(name),
  );
  return { ...Object.fromEntries(kept), OTEL_TRACES_EXPORTER: 'none' };
}
