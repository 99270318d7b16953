// Brings a replica into being and ends it: its record, volumes, membership and processes. The metadata store lives as
// long as one `dtr-rethink-<id>` volume does, as RethinkDB's data does.

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { get } from 'node:https';
import { fileURLToPath } from 'node:url';
import { startProcess, stopProcess } from '../../process.ts';
import { metadataFile, removeReplicaRecord, replicaProcess, writeReplicaRecord } from './cluster.ts';
import type { ReplicaRecord, StandInConfig } from './cluster.ts';
import { stopEveryDistribution } from './distribution.ts';
import { readSettings } from './settings.ts';
import type { Store } from './store.ts';
import { createVolume, listVolumes, removeVolume } from './volumes.ts';

/** Those that every replica has (dtr-msr.md §5.2); NFS adds `dtr-registry-nfs-<id>`. */
const VOLUMES = ['dtr-ca', 'dtr-notary', 'dtr-postgres', 'dtr-registry', 'dtr-rethink'];

/** Volumes that exist stay as they are: images put back before a restore are found there. */
export async function deployReplica(
  dtrDir: string,
  config: StandInConfig,
  store: Store,
  record: ReplicaRecord,
): Promise<void> {
  for (const volume of VOLUMES) await createVolume(config, record.node, `${volume}-${record.id}`);
  await writeReplicaRecord(dtrDir, record);
  const isFounder = store.get('SELECT 1 FROM replicas') === undefined;
  // A member that does not run yet counts against the quorum, so that a joining replica becomes one when it runs.
  if (isFounder) addMember(store, record);
  await startReplica(dtrDir, config, record, readSettings(store).webTLSCert);
  if (!isFounder) addMember(store, record);
}

export async function startReplica(
  dtrDir: string,
  config: StandInConfig,
  record: ReplicaRecord,
  certificate = '',
): Promise<void> {
  await startProcess(config.processDir, {
    name: replicaProcess(record.id),
    command: process.execPath,
    args: [fileURLToPath(new URL('replica.ts', import.meta.url)), record.id],
    env: { PATH: process.env['PATH'], LAB_DTR_DIR: dtrDir },
    ready: () => answersPing(config, record, certificate),
  });
}

export async function stopReplica(config: StandInConfig, id: string): Promise<void> {
  await stopProcess(config.processDir, replicaProcess(id));
  await stopEveryDistribution(config, id);
}

function addMember(store: Store, record: ReplicaRecord): void {
  store.run(
    "INSERT OR REPLACE INTO replicas VALUES (?, ?, ?, 'OK', 0, '', ?)",
    record.id,
    record.node,
    record.httpsPort,
    new Date().toISOString(),
  );
}

/** Ends a replica with its own volumes on every node, also what an interrupted run left of it. Tells nobody. */
export async function destroyReplica(dtrDir: string, config: StandInConfig, id: string): Promise<void> {
  await stopReplica(config, id);
  for (const node of config.nodes) {
    for (const volume of await listVolumes(config, node.name))
      if (volume.startsWith('dtr-') && volume.endsWith(`-${id}`))
        await removeVolume(config, node.name, volume);
  }
  await removeReplicaRecord(dtrDir, id);
  if (await hasRethinkVolume(config)) return;
  for (const suffix of ['', '-wal', '-shm']) await rm(`${metadataFile(dtrDir)}${suffix}`, { force: true });
}

async function hasRethinkVolume(config: StandInConfig): Promise<boolean> {
  const volumes = await Promise.all(config.nodes.map((node) => listVolumes(config, node.name)));
  return volumes.flat().some((volume) => volume.startsWith('dtr-rethink-'));
}

function answersPing(config: StandInConfig, record: ReplicaRecord, certificate: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = get({
      host: record.address,
      port: record.httpsPort,
      path: '/_ping',
      ca: [readFileSync(config.caFile), certificate],
      // The certificate is for the external name; this asks one replica.
      checkServerIdentity: () => undefined,
      agent: false,
    });
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}
