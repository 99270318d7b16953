// How a version of DTR is told that its content has moved: the one table of recipes, after the reference's matrix of
// versions (dtr-msr.md §7.3). A version or destination without a row fails closed, with what to do instead.

import type { StorageEntry } from '../../../contracts/inventory.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import type { Found } from '../product.ts';
import { TransshipError } from '../../transship-error.ts';
import { isCloudKind } from '../../storage/storage-kinds.ts';
import { type Line, lineOf } from './lines.ts';
import { type Reconfigure, wayOf } from './reconfigure.ts';
import { isOwnVolume, toldAs, type ToldAs } from './storage-volume.ts';
import { askedFlags } from './tool-flags.ts';
import { refusalsOf } from './traps/atlas.ts';
import type { Place } from './traps/trap.ts';
import { isWithin, parseVersion, type Version, type Versions } from './version.ts';

/**
 * How DTR is told that its content has moved (dtr-msr.md §7.3).
 * `keep-metadata`: `PUT /api/v0/admin/settings/registry` with `keep_metadata: true` (cloud storages).
 * `restore-on-volume`: it is restored there, so that there is nothing to switch.
 */
export type DtrSwitch = Reconfigure | 'keep-metadata' | 'restore-on-volume';

type Way = {
  switch: DtrSwitch;
  /** Which document or release note says so. */
  source: string;
};

type Row = Versions & {
  to: readonly ToldAs[];
  /** Where the registry is now; absent: anywhere. */
  sources?: readonly ToldAs[];
  paths: readonly MigrationPath[];
  switch: 'reconfigure' | 'keep-metadata' | 'restore-on-volume';
  source: string;
};

/** A move that is asked for. */
export type Asked = { found: Found; from: StorageEntry; to: StorageEntry; path: MigrationPath };

const CLOUDS = ['s3', 'azure', 'gcs', 'swift'] as const;
const BELOW_2_9 = [2, 9, 0] as const;
const BELOW_2_11 = [2, 11, 0] as const;
const NFS_VOLUME =
  'S1 "Local filesystem": a volume of the export on every node; that `restore --nfs-storage-url` keeps tags is said nowhere';
const KEEP_METADATA = 'release notes of DTR 2.6.6 (keep_metadata of PUT /admin/settings/registry) and 2.6.7';
const EXACT_COPY =
  'S1 "Starting with MSR 2.9.0": the tags stay, and the new storage must be an exact copy; --reinitialize-storage is never given';

const ROWS: Row[] = [
  {
    from: [2, 6, 4],
    below: BELOW_2_9,
    to: ['host'],
    paths: ['read-only'],
    switch: 'reconfigure',
    source: 'S0 "DTR 2.6.4 and above"; release notes of DTR 2.6.4 (--storage-migrated)',
  },
  {
    from: [2, 6, 4],
    below: BELOW_2_9,
    to: ['nfs'],
    paths: ['read-only'],
    switch: 'reconfigure',
    source:
      'S1 "Reconfigure MSR to use NFS"; release notes of DTR 2.6.4 (ENGDTR-794: --nfs-storage-url with --storage-migrated)',
  },
  {
    from: [2, 6, 1],
    below: BELOW_2_11,
    to: ['host'],
    paths: ['best-practice'],
    switch: 'restore-on-volume',
    source: 'S0 "Best practice for data migration"; `restore --dtr-storage-volume` (dtr-msr.md §2.5)',
  },
  {
    from: [2, 6, 1],
    below: BELOW_2_11,
    to: ['nfs'],
    paths: ['best-practice'],
    switch: 'restore-on-volume',
    source: `S0 "Best practice for data migration"; ${NFS_VOLUME}`,
  },
  {
    from: [2, 6, 6],
    below: BELOW_2_9,
    // The switch is one for every driver of S1's list of cloud storages; only their sections differ.
    to: CLOUDS,
    paths: ['best-practice', 'read-only'],
    switch: 'keep-metadata',
    source: KEEP_METADATA,
  },
  {
    from: [2, 9, 0],
    below: BELOW_2_11,
    to: ['host', 'nfs'],
    paths: ['read-only'],
    switch: 'reconfigure',
    source: `${EXACT_COPY}; --storage-migrated where \`reconfigure --help\` has it`,
  },
  {
    from: [2, 9, 0],
    below: BELOW_2_11,
    to: CLOUDS,
    paths: ['read-only'],
    switch: 'keep-metadata',
    source: `${EXACT_COPY}; keep_metadata is sent although nothing says that it is needed`,
  },
  {
    from: [2, 9, 0],
    below: BELOW_2_11,
    to: CLOUDS,
    // It comes up where it was, of which the new storage is a copy; from a volume it would come up on an empty one.
    sources: CLOUDS,
    paths: ['best-practice'],
    switch: 'keep-metadata',
    source: `${EXACT_COPY}; a registry that was on a cloud storage is restored there`,
  },
];

/** `UnsupportedVersion` when no row is known to be safe. */
export function chooseRecipe(asked: Asked): Way {
  const { found, to, path } = asked;
  const { version } = found;
  const parsed = parseVersion(version);
  if (parsed === undefined)
    throw new TransshipError(
      'UnsupportedVersion',
      `The registry calls itself version "${version}", which is no DTR version.`,
    );
  const row = rowFor(asked, parsed);
  if (row !== undefined) return { switch: switchBy(row, asked, parsed), source: row.source };
  const destination = toldAs(to);
  throw new TransshipError(
    'UnsupportedVersion',
    [
      `No safe recipe is known for moving DTR ${version} to a storage of kind "${destination}" by the ${path} path.`,
      ...refusalsOf({ version: parsed, mode: found.mode, to: placeWord(destination), path }),
    ].join(' '),
    { version, destination: destination ?? 'none', path },
  );
}

/**
 * The old storage is still the whole truth while pushes are refused, so the way back is the row that leads to it while the
 * registry is up; null: no row does, or nobody knows which flags it takes.
 */
export function wayBack(asked: Omit<Asked, 'path'>): DtrSwitch | null {
  try {
    return chooseRecipe({ ...asked, from: asked.to, to: asked.from, path: 'read-only' }).switch;
  } catch (error) {
    if (error instanceof TransshipError && error.type === 'UnsupportedVersion') return null;
    throw error;
  }
}

function rowFor({ found, from, to, path }: Asked, version: Version): Row | undefined {
  const [source, destination] = [toldAs(from), toldAs(to)];
  return ROWS.find(
    (row) =>
      isWithin(row, version) &&
      lineOf(version, found.mode) !== undefined &&
      row.paths.includes(path) &&
      destination !== null &&
      row.to.includes(destination) &&
      (row.sources === undefined || (source !== null && row.sources.includes(source))),
  );
}

function switchBy(row: Row, { found, from, to }: Asked, version: Version): DtrSwitch {
  if (row.switch !== 'reconfigure') return row.switch;
  const flags = lineOf(version)!.asksTool ? askedFlags(found) : ['storage-migrated'];
  return wayOf({
    migrated: flags.includes('storage-migrated'),
    leavesNfs: toldAs(from) === 'nfs' && isOwnVolume(to),
  });
}

/** For people: the rows of a line, as far as it reaches, and what each does. */
export const rowsOf = (line: Line, to: Place, path: MigrationPath): Row[] =>
  ROWS.filter((row) => row.paths.includes(path) && row.to.some((kind) => placeWord(kind) === to))
    .filter((row) => line.mode === 'online' && (isWithin(row, line.from) || isWithin(line, row.from)))
    .map((row) => ({ ...row, from: isWithin(line, row.from) ? row.from : line.from, below: line.below }));

export function howOf(row: Row, path: MigrationPath, { asksTool }: Line): string {
  if (row.switch === 'restore-on-volume') return 'destroy, and restore with --dtr-storage-volume';
  if (row.switch === 'keep-metadata') {
    const from = row.sources === undefined ? '' : ', from a cloud storage alone';
    const restored = path === 'best-practice' ? 'destroy, restore, and ' : '';
    return `${restored}PUT admin/settings/registry with keep_metadata${from}`;
  }
  return asksTool
    ? 'reconfigure, with --storage-migrated where its help has it and never with --reinitialize-storage'
    : 'reconfigure with --storage-migrated';
}

function placeWord(destination: ToldAs | null): Place | undefined {
  if (destination === 'nfs') return 'NFS';
  if (destination === 'host') return 'a volume or folder';
  return destination !== null && isCloudKind(destination) ? 'a cloud storage' : undefined;
}
