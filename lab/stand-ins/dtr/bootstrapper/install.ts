// `install`: a new cluster with one replica.

import { listReplicaRecords, metadataFile } from '../cluster.ts';
import { putCron } from '../crons.ts';
import { deployReplica } from '../replica-lifecycle.ts';
import { LOCAL_STORAGE, createClusterSecret, writeSettings, writeStorage } from '../settings.ts';
import { openStore } from '../store.ts';
import { Fatal, freeNode, replicaIdOf, requireSameVersion, requireUcp, takeTime } from './run.ts';
import type { Run } from './run.ts';
import { setUp } from './setup-flags.ts';
import { storageOfFlags } from './storage-flags.ts';

/** A new cluster has crons of its own; which ones is not public. */
const FIRST_CRONS = [{ action: 'license_update', schedule: '57 54 3 * * *', retries: 2 }];

export async function install(run: Run): Promise<void> {
  const { log, config, dtrDir, values } = run;
  log.info('Beginning Docker Trusted Registry installation');
  requireUcp(run);
  requireSameVersion(run);
  log.info('Searching containers in UCP for DTR replicas');
  if ((await listReplicaRecords(dtrDir)).length > 0)
    throw new Fatal('DTR is installed already; use join to add replicas (the lab has one cluster)');
  const id = replicaIdOf(run);
  const node = await freeNode(run);
  const storage = storageOfFlags(values) ?? LOCAL_STORAGE;
  log.info('Creating network: dtr-ol');
  log.info('Waiting for phase2 container to be known to the Docker daemon');
  await takeTime(run);
  const store = openStore(metadataFile(dtrDir));
  try {
    log.info('Setting up replica volumes...');
    log.info('License config copied from UCP.');
    log.info('Migrating db...');
    store.transaction(() => {
      createClusterSecret(store);
      setUp(store, values);
      writeSettings(store, { dtrHost: values.text('dtr-external-url') ?? config.externalUrl });
      writeStorage(store, storage);
    });
    for (const cron of FIRST_CRONS) putCron(store, cron);
    log.info(`Migrated database from version 0 to ${run.version.databaseVersion}`);
    log.info('Starting all containers...');
    await deployReplica(dtrDir, config, store, {
      id,
      node: node.name,
      address: node.address,
      httpsPort: node.httpsPort,
      version: config.version,
    });
  } finally {
    store.close();
  }
  log.info('Successfully registered dtr with UCP');
  log.info('Installation is complete');
  log.info(`Replica ID is set to: ${id}`);
  log.info(
    `You can use flag '--existing-replica-id ${id}' when joining other replicas to your Docker Trusted Registry Cluster`,
  );
}
