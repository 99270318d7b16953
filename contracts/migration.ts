// What goes into a migration, what it shows beyond what every operation does, and what comes out.

import type { MigrationPath } from './names.ts';
import type { OperationStatus } from './operation.ts';

export type MigrationInput = {
  /** A registry of the inventory. */
  registry: string;
  /** A storage of the inventory: where the registry's content goes. */
  destination: string;
  window?: {
    /** How long the registry may refuse pushes before the point of no return, e.g. `30m`. Default `30m`. */
    budget?: string;
  };
  /** Stop after the plan: nobody is asked, and the registry stays as it is. Default false. */
  dryRun?: boolean;
};

/** Where the content goes is no matter of choice: to the storage that the registry was moved from last. */
export type ReturnInput = Omit<MigrationInput, 'destination'>;

/** What a migration may ask of people; each has its policy in the inventory. */
export type MigrationTopic = 'plan' | 'window' | 'damaged-blobs' | 'recovery' | 'garbage-collection';

export type MigrationDetails = {
  path: MigrationPath;
  registry: string;
  destination: string;
  /** 1-based number of the pass; 0 before the first. */
  pass: number;
};

export type MigrationStatus = OperationStatus<MigrationDetails>;

export type PassSummary = {
  pass: number;
  final: boolean;
  /** Objects at the source when the pass listed it. */
  sourceObjects: number;
  sourceBytes: number;
  copiedObjects: number;
  copiedBytes: number;
  removedObjects: number;
  /** Objects whose bytes do not match their digest; they are named in the report. */
  damaged: number;
  /** Objects that vanished between listing and copying. */
  vanished: number;
  /** How many of the copied objects have which evidence. */
  proofs: Partial<Record<Evidence, number>>;
  durationMs: number;
};

/**
 * How the SHA-256 of a written object is known at the destination, strongest first.
 * `server`: the storage checked the digest while it stored the object and would have refused other bytes.
 * `read-back`: the object was read again and hashed where it lies.
 * `checksum`: hashed on the way, and the storage checked another digest (MD5, CRC32C) of the same bytes.
 * `stream`: hashed on the way and written with fsync, not read again.
 */
export type Evidence = 'server' | 'read-back' | 'checksum' | 'stream';

export type TagCounts = { repositories: number; tags: number };

export type MigrationResult = {
  outcome: 'migrated' | 'planned';
  registry: string;
  destination: string;
  path: MigrationPath;
  planDigest: string;
  /** Objects and bytes at the destination after the final delta; zero for a plan. */
  objects: number;
  bytes: number;
  tagsBefore: TagCounts;
  tagsAfter: TagCounts | null;
  passes: PassSummary[];
  windowSeconds: number | null;
  damaged: number;
  /** Tags, manifests and blobs that are missing or different on the new storage, without which a person went on. */
  problems: number;
  garbageCollection: 'done' | 'declined' | 'failed' | 'not-part-of-this-path' | 'not-run';
  /** Keys in the journal storage; empty: there is none. */
  report: string;
  plan: string;
  /** Where the report is, for people: a path, or a key and its storage. */
  reportPlace?: string;
};
