// What is known of each line of versions: what a switch of storages does to the metadata, which fields the API has, how blobs
// lie in the storage (dtr-msr.md §3.5, §4, §5.4, §7). Which way is taken stands in recipes.ts, what goes wrong in traps/.

import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../transship-error.ts';
import { isWithin, parseVersion, type Version, type Versions } from './version.ts';

export type Mode = RegistryState['mode'];

export type Line = Versions & {
  name: string;
  /** Only 2.5 has both: online garbage collection could be opted into there. */
  mode: Mode;
  /** Of the bootstrapper, without its tag (§1.1). */
  image: string;
  /** The vendor's date of its end; null: it is past. */
  supportedUntil: string | null;
  /** What a switch does to tags and manifests. */
  aSwitch: string;
  /** `readOnlyRegistry` in POST /api/v0/meta/settings. */
  hasReadOnly: boolean;
  /** `keep_metadata` in PUT /api/v0/admin/settings/registry. */
  hasKeepMetadata: boolean;
  /** Does `reconfigure --help` have to be asked before anybody knows which flags keep the tags? */
  asksTool: boolean;
  blobs: string;
  /** Jobs that collect garbage. */
  collects: string;
  source: string;
  /** Where the sources contradict each other, and what was made of it. */
  unclear?: string;
};

const ONLINE = {
  mode: 'online',
  blobs:
    'new blobs under blobs/id/<xx>/<id>/data, which only the metadata can name; older ones under blobs/sha256/<xx>/<hex>/data',
  collects: 'onlinegc, onlinegc_metadata, onlinegc_blobs',
} as const;
/** The fields of the API that a migration needs. */
const NO_FIELDS = { hasReadOnly: false, hasKeepMetadata: false, asksTool: false };
const READ_ONLY = { ...NO_FIELDS, hasReadOnly: true };
const BOTH_FIELDS = { ...READ_ONLY, hasKeepMetadata: true };
/** Of lines that have ended. */
const DOCKER = { image: 'docker/dtr', supportedUntil: null };
const MIRANTIS = { image: 'mirantis/dtr', supportedUntil: null };

/** Both spellings of a job's states are understood of every line: the two official sources differ for one and the same (§3.3). */
export const JOB_STATES =
  'waiting, running, done, errored, canceled (API); waiting, running, done, error, cancel_request, cancel, worker_dead, worker_shutdown, worker_resurrection, deleted (job queue)';

export const LINES: Line[] = [
  {
    name: 'DTR 2.5 with classic garbage collection',
    from: [2, 5, 0],
    below: [2, 6, 0],
    mode: 'classic',
    ...DOCKER,
    aSwitch: 'rebuilds the tags by a job "tagmigration" from what lies in the new storage',
    ...NO_FIELDS,
    blobs:
      'blobs/sha256/<xx>/<hex>/data, with layer links, manifests and tags as files in the tree of repositories',
    collects: 'gc: pushes fail while it runs',
    source: 'S0, first paragraph; dtr-msr.md §3.5, §4, §7.3',
  },
  {
    name: 'DTR 2.5 with online garbage collection',
    from: [2, 5, 0],
    below: [2, 6, 0],
    ...ONLINE,
    ...DOCKER,
    aSwitch: 'erases the tags for good: "tagmigration" was discontinued',
    ...NO_FIELDS,
    source: 'S0, first paragraph; dtr-msr.md §7.2, §7.3',
    unclear:
      'S1 calls `reconfigure --dtr-storage-volume` the way around lost tags, S0 knows only a backup before it. Nothing is switched without an upgrade.',
  },
  {
    name: 'DTR 2.6.0 to 2.6.3',
    from: [2, 6, 0],
    below: [2, 6, 4],
    ...ONLINE,
    ...DOCKER,
    aSwitch: 'erases the tags, whatever was copied (ENGDTR-793 for cloud storages, ENGDTR-794 for NFS)',
    ...READ_ONLY,
    source: 'S0 "DTR 2.6.0-2.6.4 and DTR 2.5"; release notes of DTR 2.6.0',
    unclear:
      "S0's heading says 2.6.0-2.6.4 and its text 2.6.0-2.6.3; S1 calls `reconfigure --dtr-storage-volume` the way around lost tags, S0 knows only a backup before it. They are restored from a backup, and never switched.",
  },
  {
    name: 'DTR 2.6.4 and 2.6.5',
    from: [2, 6, 4],
    below: [2, 6, 6],
    ...ONLINE,
    ...DOCKER,
    aSwitch: 'erases the tags, unless `reconfigure` is given --storage-migrated; to a cloud storage always',
    ...READ_ONLY,
    source: 'S0 "DTR 2.6.4 and above"; release notes of DTR 2.6.4',
    unclear:
      'S1 lists lost metadata after a change of S3 settings for 2.6.0 to 2.6.4, the release notes have a way to keep it from 2.6.6. Cloud storages are refused up to 2.6.5.',
  },
  {
    name: 'DTR 2.6.6',
    from: [2, 6, 6],
    below: [2, 6, 7],
    ...ONLINE,
    ...DOCKER,
    aSwitch:
      'erases the tags, unless told by --storage-migrated, or by keep_metadata in the API; the web UI cannot',
    ...BOTH_FIELDS,
    source: 'release notes of DTR 2.6.6',
  },
  {
    name: 'DTR 2.6.7 and later 2.6, 2.7',
    from: [2, 6, 7],
    below: [2, 8, 0],
    ...ONLINE,
    ...DOCKER,
    aSwitch: 'erases the tags, unless told by --storage-migrated or keep_metadata',
    ...BOTH_FIELDS,
    source: 'release notes of DTR 2.6.7; S0 "DTR 2.6.4 and above"',
    unclear:
      'The notes of 2.7.0 list nothing on storages: that it has what 2.6.7 has follows from the dates.',
  },
  {
    name: 'MSR 2.8',
    from: [2, 8, 0],
    below: [2, 9, 0],
    ...ONLINE,
    ...MIRANTIS,
    aSwitch: 'erases the tags, unless told by --storage-migrated or keep_metadata',
    ...BOTH_FIELDS,
    source: 'MSR 2.8 documentation, which repeats the text of DTR 2.6 and 2.7 (dtr-msr.md §7.3)',
  },
  {
    name: 'MSR 2.9',
    from: [2, 9, 0],
    below: [2, 10, 0],
    ...ONLINE,
    ...MIRANTIS,
    supportedUntil: '2027-03-24',
    aSwitch: 'keeps the tags, and wants an exact copy; --reinitialize-storage erases them',
    ...BOTH_FIELDS,
    asksTool: true,
    source: 'S1, note "Starting with MSR 2.9.0"; MSR 2.9 "Migrate to a new storage backend"',
    unclear:
      'S1 and the NFS page of 2.9 keep --storage-migrated and "initializes a new metadatastore" beside that note. `reconfigure --help` is asked, --storage-migrated is given where it is there, and keep_metadata is sent though nobody says that it is needed.',
  },
  {
    name: 'MSR 2.10',
    from: [2, 10, 0],
    below: [2, 11, 0],
    ...ONLINE,
    image: 'registry.mirantis.com/msr/dtr',
    supportedUntil: 'not found in the documents',
    aSwitch: 'keeps the tags, and wants an exact copy; --reinitialize-storage erases them',
    ...BOTH_FIELDS,
    asksTool: true,
    source: 'S1, note "Starting with MSR 2.9.0"; MSR 2.10 "CLI reference" and "Deploy MSR on NFS"',
    unclear:
      'Its NFS page still says "initializing a new metadata store" and names --storage-migrated. `reconfigure --help` is asked: without --reinitialize-storage or --storage-migrated in it nothing is switched.',
  },
];

export const lineOf = (version: Version, mode: Mode = 'online'): Line | undefined =>
  LINES.find((line) => isWithin(line, version) && line.mode === mode);

/** The bootstrapper's image with its tag (dtr-msr.md §1.1). `UnsupportedVersion` for a version of no line. */
export function bootstrapperImage(version: string): string {
  const parsed = parseVersion(version);
  const line = parsed === undefined ? undefined : lineOf(parsed);
  if (line === undefined)
    throw new TransshipError('UnsupportedVersion', `Nobody knows the bootstrapper's image of "${version}".`);
  return `${line.image}:${version}`;
}
