// What differs between the versions of DTR, as data. A new version is a new row; no other file asks for a version number,
// except the table of flags, which says since when each flag exists.

export type DtrVersion = {
  /** The first version of the row, and the first version that no longer belongs to it. */
  from: string;
  before: string;
  /** Names of the bootstrapper's image (dtr-msr.md §1.1). */
  images: readonly string[];
  /** When `reconfigure` with another storage erases tags (§1.3, §7.3). */
  reconfigureErases: 'unless-storage-migrated';
  /** Does `PUT /admin/settings/registry` know `keep_metadata`? Without that key tags are erased (§3.6). */
  keepMetadata: boolean;
  /** Does `restore --nfs-storage-url` erase the tags it has just loaded? Not stated anywhere (§2.5): assumed. */
  restoreToNfsErases: boolean;
  /** Is `readOnlyRegistry` in the settings (§3.5)? */
  readOnlyRegistry: boolean;
  /** Must `restore` be told the storage (§0.2)? */
  restoreNeedsStorageFlag: boolean;
  /** Which of the two documented spellings of job states is used (§3.3). */
  jobStatuses: 'swagger' | 'queue';
  /** What follows the version in the root folder of a backup (§2.2). */
  backupSuffix: { online: string; offline: string };
  /** `features.db_version`; the documents show 10 for 2.7.6. */
  databaseVersion: number;
};

const ONLINE_GC = {
  reconfigureErases: 'unless-storage-migrated',
  keepMetadata: true,
  restoreToNfsErases: true,
  readOnlyRegistry: true,
  restoreNeedsStorageFlag: true,
  jobStatuses: 'swagger',
  backupSuffix: { online: '', offline: '' },
} as const;

const VERSIONS: readonly DtrVersion[] = [
  { from: '2.6.7', before: '2.7.0', images: ['docker/dtr'], databaseVersion: 9, ...ONLINE_GC },
  { from: '2.7.0', before: '2.8.0', images: ['docker/dtr'], databaseVersion: 10, ...ONLINE_GC },
  { from: '2.8.0', before: '2.9.0', images: ['mirantis/dtr'], databaseVersion: 11, ...ONLINE_GC },
];

/** The row of a version such as `2.7.9`; throws for versions that have no row. */
export function versionRow(version: string): DtrVersion {
  const row = VERSIONS.find(
    (row) => compareVersions(version, row.from) >= 0 && compareVersions(version, row.before) < 0,
  );
  if (row === undefined) {
    const known = VERSIONS.map((row) => `${row.from} to below ${row.before}`).join(', ');
    throw new Error(`the stand-in DTR has no row for version ${version}; it knows ${known}`);
  }
  return row;
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; missing parts count as zero. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
