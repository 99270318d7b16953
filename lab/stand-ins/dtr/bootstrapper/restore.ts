// `restore`: a new installation with one replica and the metadata of a backup, read from stdin.

import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { writeRows } from '../backup-rows.ts';
import type { Rows } from '../backup-rows.ts';
import { listReplicaRecords, metadataFile } from '../cluster.ts';
import { eraseImages } from '../images.ts';
import { deployReplica } from '../replica-lifecycle.ts';
import { LOCAL_STORAGE, readStorage, writeStorage } from '../settings.ts';
import type { StorageTarget } from '../settings.ts';
import { openStore } from '../store.ts';
import type { Store } from '../store.ts';
import { Fatal, freeNode, replicaIdOf, requireSameVersion, requireUcp, takeTime } from './run.ts';
import type { Run } from './run.ts';
import { setUp } from './setup-flags.ts';
import { storageOfFlags } from './storage-flags.ts';

const STORAGE_FLAGS = ['dtr-use-default-storage', 'dtr-storage-volume', 'nfs-storage-url'];
const ENTRY = /^dtr-backup-v(\d+\.\d+\.\d+)(?:-\w+)?\/(?:rethink\/(?:(\w+)\/(\d+)?)?)?$/;

export async function restore(run: Run): Promise<void> {
  const { log, config, dtrDir, values } = run;
  if (run.version.restoreNeedsStorageFlag && STORAGE_FLAGS.every((name) => values.text(name) === undefined))
    throw new Fatal(
      'Must explicitly set one of --dtr-use-default-storage, --dtr-storage-volume, or --nfs-storage-url',
    );
  if (run.version.restoreNeedsReplicaId && values.text('replica-id') === undefined)
    throw new Fatal('Failed to choose a replica: --replica-id is needed: EOF');
  requireUcp(run);
  requireSameVersion(run);
  log.info('Searching containers in UCP for DTR replicas');
  if ((await listReplicaRecords(dtrDir)).length > 0)
    throw new Fatal('DTR replicas exist; destroy them on all nodes before a restore');
  const id = replicaIdOf(run);
  const node = await freeNode(run);
  const rows = await readArchive(run);
  await takeTime(run);
  const store = openStore(metadataFile(dtrDir));
  try {
    log.info('Setting up replica volumes...');
    log.info('Migrating db...');
    writeRows(store, rows);
    chooseStorage(run, store);
    setUp(store, values);
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
  log.info('Restore is complete');
  log.info(`Replica ID is set to: ${id}`);
}

async function readArchive({ stdin, isInteractive, config }: Run): Promise<Rows> {
  if (!isInteractive) throw new Fatal('Failed to read the backup: EOF');
  const rows: Rows = {};
  const versions = new Set<string>();
  const entries = extract();
  const collect = async (): Promise<void> => {
    for await (const entry of entries) {
      const [, version, table, row] = ENTRY.exec(entry.header.name) ?? [];
      const content = await text(entry);
      if (version !== undefined) versions.add(version);
      if (table !== undefined) rows[table] ??= [];
      if (table !== undefined && row !== undefined) rows[table]?.push(JSON.parse(content));
    }
  };
  await Promise.all([pipeline(stdin, entries), collect()]).catch((error: unknown) => {
    throw new Fatal(`Failed to read the backup: unexpected EOF (${String(error)})`);
  });
  if ((rows['properties'] ?? []).length === 0) throw new Fatal('Failed to read the backup: unexpected EOF');
  const [version] = versions;
  if (versions.size !== 1 || version !== config.version)
    throw new Fatal(`The backup is of version ${[...versions].join(', ')}, not of ${config.version}`);
  return rows;
}

/** "Default" is the cloud storage of the backup, otherwise the local volume, also where the backup had another one. */
function chooseStorage({ values, version, log }: Run, store: Store): void {
  const named: StorageTarget | undefined = values.isOn('dtr-use-default-storage')
    ? undefined
    : storageOfFlags(values);
  const saved = readStorage(store);
  const target = named ?? (saved.driver === 'filesystem' ? LOCAL_STORAGE : saved);
  if (target.driver === 'filesystem' && target.nfsHost !== '' && version.restoreToNfsErases) {
    log.warn('The storage backend has changed. Erasing tags.');
    eraseImages(store);
  }
  writeStorage(store, target);
}
