// What the tools for storages tell: `transship storage copy|compare|verify|du` and `transship doctor storage`, which run
// without Temporal, and what a report shows of a copy.

import type { StorageKind } from './inventory.ts';
import type { PassList, ShardResult } from './storage-activities.ts';

/** An object of the source whose bytes do not match its digest. */
export type DamagedObject = { key: string; expected: string; actual: string };

/** What copying one storage to another without Temporal came to. */
export type CopyOutcome = ShardResult & {
  source: string;
  destination: string;
  /** Objects and bytes at the source when it was listed last. */
  sourceObjects: number;
  sourceBytes: number;
  /** Did it go on where an earlier copy was interrupted? */
  resumed: boolean;
  /** At most five of the damaged objects. */
  examples: DamagedObject[];
  /** Folder in the journal where the results name every object. */
  folder: string;
};

/** While it runs; before a pass is planned nothing is known of it. */
export type CopyDetails = { pass: number; list: PassList | null; doneObjects: number; doneBytes: number };

/**
 * What comparing two storages says of a key, in the letters of `rclone check`, so that scripts and eyes know them:
 * `=` the same on both sides, `-` missing at the source, `+` missing at the destination, `*` different,
 * `!` there on both sides, and one of them could not be read.
 */
export type DifferenceOp = '=' | '-' | '+' | '*' | '!';

/**
 * How two objects were compared, strongest first. `bytes`: both were read, or hashed where they lie. `digest`: both
 * storages tell a digest of the same kind. `name`: the key names the content, and the sizes agree. `size`: the sizes differ.
 */
export type ComparedBy = 'bytes' | 'digest' | 'name' | 'size';

export type Difference =
  | { op: '=' | '*'; key: string; size: number; sizeAtDestination: number; by: ComparedBy }
  | { op: '-' | '+'; key: string; size: number }
  | { op: '!'; key: string; size: number; problem: string };

/**
 * How an object was proved. `storage`: the storage told the SHA-256 that the key names, without sending a byte. `reading`:
 * every byte was read and hashed. `source`: the key does not tell the content, and the bytes are those of the source.
 */
export type ProvedBy = 'storage' | 'reading' | 'source';

export type ObjectEvidence =
  | { key: string; size: number; proved: ProvedBy }
  /** The key does not tell what the content has to be, and there was nothing to compare it with. */
  | { key: string; size: number; unproved: true }
  /** The source does not have it. No problem for those who pull images. */
  | { key: string; size: number; surplus: true }
  /** `wrong`: other bytes. `missing`: the source has it. `unreadable`: it could not be looked at. */
  | { key: string; size: number; problem: 'wrong' | 'missing' | 'unreadable'; detail: string };

export type EvidenceTotals = {
  objects: number;
  bytes: number;
  proved: Record<ProvedBy, number>;
  unproved: number;
  surplus: number;
  problems: number;
};

/** While a storage is looked through for damage. */
export type DamageScanDetails = {
  objects: number;
  bytes: number;
  proved: number;
  of: number;
  findings: number;
};

/** What the objects of a registry's storage are there for. */
export type UsageClass = 'blobs' | 'layer-links' | 'manifests' | 'tags' | 'uploads' | 'other';

export type Usage = { objects: number; bytes: number };

export type RepositoryUsage = {
  repository: string;
  /** Layers that the repository links to; those of other repositories are counted there again. */
  layers: number;
  layerBytes: number;
  manifests: number;
  tags: number;
  uploadBytes: number;
};

export type StorageUsage = {
  describe: string;
  total: Usage;
  /** What a migration would copy: everything but unfinished uploads. */
  copied: Usage;
  classes: Record<UsageClass, Usage>;
  repositories: number;
  /** The largest objects, largest first. */
  largest: { key: string; size: number }[];
  /** The repositories whose layers are largest together, largest first. */
  largestRepositories: RepositoryUsage[];
};

/** What `transship doctor storage` shows. */
export type StorageProbe = {
  /** One line that names the storage for people. */
  describe: string;
  kind: StorageKind;
  rows: ProbeRow[];
};

/** `limited`: it works, but not all of it, as `detail` says. */
export type ProbeRow = { name: string; verdict: 'yes' | 'no' | 'limited'; detail: string };
