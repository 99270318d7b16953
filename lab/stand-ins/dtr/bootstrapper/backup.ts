// `backup`: the metadata store as a tar on stdout (dtr-msr.md §2.2). Image content is not in it.

import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { readRows, type Rows } from '../backup-rows.ts';
import { openClusterView } from '../cluster-view.ts';
import { metadataFile } from '../cluster.ts';
import { type Habits, habitsOf } from '../habits.ts';
import { openStore, type Store } from '../store.ts';
import type { Settings } from '../settings.ts';
import { Fatal, existingReplica, requireSameVersion, requireUcp, takeTime } from './run.ts';
import type { Run } from './run.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

export async function backup(run: Run): Promise<void> {
  const { log, config, dtrDir, values, version } = run;
  requireUcp(run);
  requireSameVersion(run);
  const { id } = await existingReplica(run);
  log.info(`Beginning backup of replica ${id}`);
  const store = openStore(metadataFile(dtrDir));
  try {
    const health = await openClusterView(config, store).health();
    if (health[id] !== 'OK')
      throw new Fatal(`Replica ${id} cannot be backed up: ${health[id] ?? 'it is no member'}`);
    await takeTime(run);
    const suffix = values.isOn('offline-backup') ? version.backupSuffix.offline : version.backupSuffix.online;
    const tar = pack();
    const written = pipeline(tar, run.stdout, { end: false });
    const packing = packRows(
      tar,
      `dtr-backup-v${config.version}${suffix}/`,
      rowsOfBackup(store, habitsOf(config)),
    );
    await Promise.all([written, packing]);
  } finally {
    store.close();
  }
  log.info('Backup is complete');
}

/** A database that changes while it is read, or lags, may leave out what others have long been told of. */
function rowsOfBackup(store: Store, { backupMisses, backupForgetsReadOnly }: Habits): Rows {
  const rows = readRows(store);
  for (const table of backupMisses) rows[table] = (rows[table] ?? []).filter((_row, at) => at % 2 === 1);
  if (backupForgetsReadOnly) rows['properties'] = (rows['properties'] ?? []).map(withoutReadOnly);
  return rows;
}

function withoutReadOnly(row: unknown): unknown {
  const { key, value } = row as { key: string; value: unknown };
  return key === 'settings' ? { key, value: { ...(value as Settings), readOnlyRegistry: false } } : row;
}

async function packRows(tar: Pack, root: string, rows: Record<string, unknown[]>): Promise<void> {
  const folder = (name: string): Promise<void> =>
    add(tar, { name, type: 'directory', mode: DIRECTORY_MODE, mtime: new Date(0) }, '');
  await folder(root);
  await folder(`${root}rethink/`);
  for (const [table, documents] of Object.entries(rows)) {
    await folder(`${root}rethink/${table}/`);
    for (const [number, document] of documents.entries())
      await add(
        tar,
        { name: `${root}rethink/${table}/${number}`, mode: FILE_MODE },
        JSON.stringify(document),
      );
  }
  tar.finalize();
}

function add(tar: Pack, header: Parameters<Pack['entry']>[0], content: string): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(header, content, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}
