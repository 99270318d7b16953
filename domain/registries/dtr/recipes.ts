// How a version of DTR is told that its content has moved: the one table of recipes, after the reference's matrix of
// versions (dtr-msr.md §7.3). A version or destination without a row fails closed, with what to do instead.

import type { MigrationPath } from '../../../contracts/names.ts';
import { TransshipError } from '../../transship-error.ts';
import type { ToldAs } from './storage-volume.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

/**
 * How DTR is told that its content has moved (dtr-msr.md §7.3).
 * `reconfigure-storage-migrated`: `reconfigure --dtr-storage-volume … --storage-migrated` (2.6.4+; volumes).
 * `keep-metadata`: `PUT /api/v0/admin/settings/registry` with `keep_metadata: true` (2.6.6+; cloud storages).
 */
export type DtrSwitch = 'reconfigure-storage-migrated' | 'keep-metadata';

type Way = {
  switch: DtrSwitch;
  /** Which document or release note says so. */
  source: string;
};

type Row = {
  from: Version;
  /** Exclusive. */
  below: Version;
  destinations: ToldAs[];
  paths: MigrationPath[];
  way: Way;
};

const BOTH_PATHS: MigrationPath[] = ['best-practice', 'read-only'];

const ROWS: Row[] = [
  {
    from: [2, 6, 7],
    below: [2, 9, 0],
    destinations: ['host'],
    paths: BOTH_PATHS,
    way: {
      switch: 'reconfigure-storage-migrated',
      source: 'S0 "DTR 2.6.4 and above"; release notes of DTR 2.6.4 (--storage-migrated)',
    },
  },
  {
    from: [2, 6, 7],
    below: [2, 9, 0],
    destinations: ['nfs'],
    // `restore --nfs-storage-url` is not known to keep tags: the note of 2.6.4 names `reconfigure` alone (§2.5).
    paths: ['read-only'],
    way: {
      switch: 'reconfigure-storage-migrated',
      source:
        'S1 "Reconfigure MSR to use NFS"; release notes of DTR 2.6.4 (ENGDTR-794: --nfs-storage-url with --storage-migrated)',
    },
  },
  {
    from: [2, 6, 7],
    below: [2, 9, 0],
    // The switch is one for every driver of S1's list of cloud storages; only their sections differ.
    destinations: ['s3', 'azure', 'gcs', 'swift'],
    paths: BOTH_PATHS,
    way: {
      switch: 'keep-metadata',
      source: 'release notes of DTR 2.6.6 (keep_metadata of PUT /admin/settings/registry) and 2.6.7',
    },
  },
];

/** Versions without a recipe yet, and what their operators do until there is one. */
const REFUSALS: { below: Version; advice: string }[] = [
  { below: [2, 5, 0], advice: 'Upgrade to DTR 2.6.7 or later, one minor version at a time.' },
  {
    below: [2, 6, 0],
    advice:
      'DTR 2.5 erases tags on a switch once online garbage collection is on (S0). Upgrade to 2.6.7 or later first.',
  },
  {
    below: [2, 6, 7],
    advice:
      'DTR 2.6.0-2.6.3 erases tags on every switch, 2.6.4-2.6.6 has no complete way to keep them (ENGDTR-793, ENGDTR-794). Upgrade to 2.6.7 or later first.',
  },
];

/** dtr-msr.md §2.5 and §7.3: what the documents for 2.7 say of restoring to an export. */
const NFS_ADVICE =
  'Take the read-only path, or create a Docker volume of the export on every node (docker volume create -o type=nfs …) and name it as `volume` in the inventory.';

/** `UnsupportedVersion` when no row is known to be safe. */
export function chooseRecipe(version: string, destination: ToldAs | null, path: MigrationPath): Way {
  const parsed = parseVersion(version);
  if (parsed === undefined)
    throw new TransshipError(
      'UnsupportedVersion',
      `The registry calls itself version "${version}", which is no DTR version.`,
    );
  const rows = rowsTo(parsed, destination);
  const row = rows.find((candidate) => candidate.paths.includes(path));
  if (row !== undefined) return row.way;
  if (rows.length > 0)
    throw new TransshipError(
      'UnsupportedVersion',
      `No safe recipe is known for moving DTR ${version} to a storage of kind "${destination}" by the ${path} path. ${NFS_ADVICE}`,
      { version, destination: destination ?? 'none', path },
    );
  const refusal = REFUSALS.find(({ below }) => compareVersions(parsed, below) < 0);
  throw new TransshipError(
    'UnsupportedVersion',
    `No safe recipe is known for moving DTR ${version} to a storage of kind "${destination}". ` +
      (refusal?.advice ??
        'This version switches by other rules (MSR 2.9 wants an exact copy); it is not carried out yet.'),
    { version, destination: destination ?? 'none' },
  );
}

/**
 * The old storage is still the whole truth while pushes are refused, so the way back is the row that leads to it while the
 * registry is up; null: no row does.
 */
export function wayBack(version: string, source: ToldAs | null): DtrSwitch | null {
  const parsed = parseVersion(version);
  if (parsed === undefined) return null;
  return rowsTo(parsed, source).find(({ paths }) => paths.includes('read-only'))?.way.switch ?? null;
}

function rowsTo(version: Version, destination: ToldAs | null): Row[] {
  return ROWS.filter(
    ({ from, below, destinations }) =>
      compareVersions(version, from) >= 0 &&
      compareVersions(version, below) < 0 &&
      destination !== null &&
      destinations.includes(destination),
  );
}

/** The bootstrapper's image (dtr-msr.md §1.1): Docker's up to 2.7, Mirantis's from 2.8. */
export function bootstrapperImage(version: string): string {
  const parsed = parseVersion(version);
  const name =
    parsed !== undefined && compareVersions(parsed, [2, 8, 0]) >= 0 ? 'mirantis/dtr' : 'docker/dtr';
  return `${name}:${version}`;
}
