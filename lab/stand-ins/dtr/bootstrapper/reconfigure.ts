// `reconfigure`: other settings for the whole cluster, above all another storage. Without `--storage-migrated` DTR takes
// the new storage for empty and erases every tag.

import { setTimeout as sleep } from 'node:timers/promises';
import { volumeOf } from '../blob-storage.ts';
import { metadataFile } from '../cluster.ts';
import { openClusterView } from '../cluster-view.ts';
import { habitsOf } from '../habits.ts';
import { eraseImages } from '../images.ts';
import { isOtherStorage, readStorage, writeStorage } from '../settings.ts';
import { openStore } from '../store.ts';
import type { Store } from '../store.ts';
import { removeVolume } from '../volumes.ts';
import { Fatal, existingReplica, requireSameVersion, requireUcp, takeTime } from './run.ts';
import type { Run } from './run.ts';
import { changeSetup } from './setup-flags.ts';
import { storageOfFlags } from './storage-flags.ts';

const SETTLE_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 50;

export async function reconfigure(run: Run): Promise<void> {
  const { log, config, dtrDir } = run;
  requireUcp(run);
  requireSameVersion(run);
  const { id } = await existingReplica(run);
  log.info('Starting phase1 reconfigure');
  log.info('Cluster reconfiguration will occur on all DTR replicas');
  log.info(
    `Waiting for database to stabilize for up to 600 seconds before attempting to reconfigure replica ${id}`,
  );
  const store = openStore(metadataFile(dtrDir));
  try {
    const cluster = openClusterView(config, store);
    if (!(await cluster.hasQuorum()))
      throw new Fatal('The database did not stabilize: no majority of replicas');
    await takeTime(run);
    await applyFlags(run, store);
    for (const member of cluster.members()) log.info(`Recreating dtr-registry-${member.id}...`);
    log.info('Trying to get the kv store connection back after reconfigure');
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    while (!(await cluster.hasSettled())) {
      if (Date.now() > deadline) throw new Fatal('The replicas did not get ready with the new settings');
      await sleep(POLL_INTERVAL_MS);
    }
    log.info('Verifying auth settings...');
  } finally {
    store.close();
  }
}

async function applyFlags({ values, log, config }: Run, store: Store): Promise<void> {
  changeSetup(store, values);
  const storage = storageOfFlags(values);
  if (storage === undefined || habitsOf(config).reconfigureKeepsStorage) return;
  if (storage.driver === 'filesystem' && storage.nfsHost !== '') {
    log.info('Configuring NFS');
    for (const { id, node } of openClusterView(config, store).members()) {
      const volume = volumeOf(storage, id) as string;
      log.info(`Recreating volume ${node}/${volume}`);
      await removeVolume(config, node, volume);
    }
  }
  const isMigrated = values.isOn('storage-migrated');
  if (isMigrated) log.info('The `--storage-migrated` flag is set. Not erasing tags.');
  store.transaction(() => {
    if (isOtherStorage(readStorage(store), storage) && !isMigrated) {
      log.warn('The storage backend has changed. Erasing tags.');
      eraseImages(store);
    }
    writeStorage(store, storage);
  });
}
