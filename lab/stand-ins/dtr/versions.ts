// What differs between the versions of DTR, as data. A new version is a new row; no other file asks for a version number,
// except the table of flags, which says since when each flag exists.

export type Mode = 'classic' | 'online';

export type DtrVersion = {
  /** The first version of the row, and the first version that no longer belongs to it. */
  from: string;
  before: string;
  /** Of 2.5 there are both (dtr-msr.md §4). */
  mode: Mode;
  /** Names of the bootstrapper's image (dtr-msr.md §1.1). */
  images: readonly string[];
  /**
   * What `reconfigure` with another storage does to tags (§1.3, §7.3). `erases-exports`: an export erases them, and a named
   * volume does not, as S1 has it.
   */
  reconfigure: 'rebuilds' | 'erases-exports' | 'erases-unless-storage-migrated' | 'erases-if-reinitialized';
  /** What `PUT /admin/settings/registry` with another storage does to them (§3.6). */
  settings: 'rebuilds' | 'erases' | 'erases-unless-keep-metadata' | 'keeps';
  /** Does `restore --nfs-storage-url` erase the tags it has just loaded? From 2.6.4 on stated nowhere (§2.5): assumed. */
  restoreToNfsErases: boolean;
  /** Fields of the settings that the version does not have (§3.5, appendix B). */
  withoutSettings: readonly string[];
  /** Is there `/meta/alerts`? */
  hasAlerts: boolean;
  /** Code for a tag that is not there (§3.2). */
  noSuchReference: 'NO_SUCH_MANIFEST' | 'NO_SUCH_REF';
  /** Must `restore` be told the storage (§0.2), and the replica (§1.3)? */
  restoreNeedsStorageFlag: boolean;
  restoreNeedsReplicaId: boolean;
  /** Which of the two documented spellings of job states is used (§3.3); which version has which is assumed. */
  jobStatuses: 'swagger' | 'queue';
  /** What follows the version in the root folder of a backup (§2.2). */
  backupSuffix: { online: string; offline: string };
  /** `features.db_version`; the documents show 10 for 2.7.6, the others are assumed. */
  databaseVersion: number;
};

const WITHOUT_2_7 = ['clientCertAuthEnabled', 'disablePersistentCookies', 'webTLSClientCA'];
const WITHOUT_2_6 = [
  ...WITHOUT_2_7,
  ...['readOnlyRegistry', 'disableUpgrades', 'jobHistoryCompactionEnabled', 'jobHistoryMaxAge'],
  ...[
    'repoEventHistoryCompactionEnabled',
    'repoEventHistoryMaxAge',
    'repoEventHistoryToKeep',
    'scanningDeadline',
  ],
];

const DTR = {
  mode: 'online',
  images: ['docker/dtr'],
  restoreToNfsErases: true,
  withoutSettings: [],
  hasAlerts: true,
  noSuchReference: 'NO_SUCH_REF',
  restoreNeedsStorageFlag: true,
  restoreNeedsReplicaId: false,
  jobStatuses: 'swagger',
  backupSuffix: { online: '', offline: '' },
} as const;
const DTR_2_5 = {
  ...DTR,
  from: '2.5.0',
  before: '2.6.0',
  withoutSettings: WITHOUT_2_6,
  hasAlerts: false,
  noSuchReference: 'NO_SUCH_MANIFEST',
  restoreNeedsStorageFlag: false,
  jobStatuses: 'queue',
  databaseVersion: 7,
} as const;
const DTR_2_6 = { ...DTR, withoutSettings: WITHOUT_2_7, databaseVersion: 9 } as const;
const KEPT_BY_FLAG = { reconfigure: 'erases-unless-storage-migrated' } as const;
const KEPT_BY_BOTH = { ...KEPT_BY_FLAG, settings: 'erases-unless-keep-metadata' } as const;
const MSR = { ...DTR, images: ['mirantis/dtr'], restoreNeedsReplicaId: true, databaseVersion: 11 } as const;
const EXACT_COPY = {
  ...MSR,
  reconfigure: 'erases-if-reinitialized',
  settings: 'keeps',
  jobStatuses: 'queue',
  backupSuffix: { online: '-online', offline: '-offline' },
} as const;

const VERSIONS: readonly DtrVersion[] = [
  { ...DTR_2_5, mode: 'classic', reconfigure: 'rebuilds', settings: 'rebuilds', restoreToNfsErases: false },
  { ...DTR_2_5, reconfigure: 'erases-exports', settings: 'erases' },
  { ...DTR_2_6, from: '2.6.0', before: '2.6.4', reconfigure: 'erases-exports', settings: 'erases' },
  { ...DTR_2_6, from: '2.6.4', before: '2.6.6', ...KEPT_BY_FLAG, settings: 'erases' },
  { ...DTR_2_6, from: '2.6.6', before: '2.7.0', ...KEPT_BY_BOTH },
  { ...DTR, from: '2.7.0', before: '2.8.0', ...KEPT_BY_BOTH, databaseVersion: 10 },
  { ...MSR, from: '2.8.0', before: '2.9.0', ...KEPT_BY_BOTH },
  { ...EXACT_COPY, from: '2.9.0', before: '2.10.0', databaseVersion: 12 },
  {
    ...EXACT_COPY,
    from: '2.10.0',
    before: '2.11.0',
    images: ['registry.mirantis.com/msr/dtr'],
    databaseVersion: 13,
  },
];

/** The row of a version such as `2.7.9`, of 2.5 by its mode too; throws for versions that have no row. */
export function versionRow(version: string, mode: Mode = 'online'): DtrVersion {
  const row = VERSIONS.find(
    (row) =>
      compareVersions(version, row.from) >= 0 &&
      compareVersions(version, row.before) < 0 &&
      row.mode === mode,
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
