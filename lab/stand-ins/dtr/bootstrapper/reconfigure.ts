// `reconfigure`: other settings for the whole cluster, above all another storage. What that does to tags is a matter of the
// version: erased, unless or if it is said so, or rebuilt from the files in the new storage.

import { setTimeout as sleep } from 'node:timers/promises';
import { volumeOf } from '../blob-storage.ts';
import { metadataFile } from '../cluster.ts';
import { openClusterView } from '../cluster-view.ts';
import { habitsOf } from '../habits.ts';
import { eraseImages } from '../images.ts';
import { openJobs } from '../jobs.ts';
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
    const forgets = await applyFlags(run, store);
    for (const member of cluster.members()) log.info(`Recreating dtr-registry-${member.id}...`);
    log.info('Trying to get the kv store connection back after reconfigure');
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    while (!(await cluster.hasSettled())) {
      if (Date.now() > deadline) throw new Fatal('The replicas did not get ready with the new settings');
      await sleep(POLL_INTERVAL_MS);
    }
    if (forgets && run.version.reconfigure === 'rebuilds')
      openJobs(config, store).submit({ action: 'tagmigration' });
    log.info('Verifying auth settings...');
  } finally {
    store.close();
  }
}

/** Are tags forgotten by it? */
async function applyFlags({ values, log, config, version }: Run, store: Store): Promise<boolean> {
  changeSetup(store, values);
  const storage = storageOfFlags(values);
  if (storage === undefined || habitsOf(config).reconfigureKeepsStorage) return false;
  const isExport = storage.driver === 'filesystem' && storage.nfsHost !== '';
  if (isExport) {
    log.info('Configuring NFS');
    for (const { id, node } of openClusterView(config, store).members()) {
      const volume = volumeOf(storage, id) as string;
      log.info(`Recreating volume ${node}/${volume}`);
      await removeVolume(config, node, volume);
    }
  }
  const isMigrated = values.isOn('storage-migrated');
  if (isMigrated) log.info('The `--storage-migrated` flag is set. Not erasing tags.');
  const erases = {
    rebuilds: true,
    'erases-exports': isExport,
    'erases-unless-storage-migrated': !isMigrated,
    'erases-if-reinitialized': values.isOn('reinitialize-storage'),
  }[version.reconfigure];
  const forgets = erases && isOtherStorage(readStorage(store), storage);
  store.transaction(() => {
    if (forgets) {
      log.warn('The storage backend has changed. Erasing tags.');
      eraseImages(store);
    }
    writeStorage(store, storage);
  });
  return forgets;
}
