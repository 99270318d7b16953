// What goes into a migration, what can be said to it and asked of it, and what comes out. JSON all of it, small, and
// never with a secret: these shapes stand in Temporal's history.

import type { ApprovalStep } from './inventory.ts';
import type { MigrationPath } from './names.ts';

export type MigrationInput = {
  /** A registry of the inventory. */
  registry: string;
  /** A storage of the inventory: where the registry's content goes. */
  destination: string;
  window?: {
    /** How long the registry may refuse pushes before the point of no return, e.g. `30m`. Default `30m`. */
    budget?: string;
  };
  /** Stop after the plan. Nothing is changed. Default false. */
  dryRun?: boolean;
};

/** Argument of the signals `approve` and `reject`. */
export type Decision = {
  step: ApprovalStep;
  /** The digest that `status` shows under `waitingFor`. */
  planDigest: string;
  /** Who decides, e.g. an e-mail address. */
  by: string;
  comment?: string;
};

/** Argument of the update `decide`. */
export type DecideRequest = Decision & { decision: 'approve' | 'reject' };
/** Answer of the update `decide`. `outcome` is what stands now, also when the same decision came before. */
export type DecideAnswer = { step: ApprovalStep; outcome: 'approved' | 'rejected'; by: string; at: string };

/** One line of the audit trail of approvals. */
export type AuditEntry = {
  at: string;
  step: ApprovalStep;
  planDigest: string;
  event: 'asked' | 'approved' | 'rejected' | 'expired' | 'refused' | 'not-required' | 'cancelled';
  by?: string;
  channel?: 'signal' | 'update';
  comment?: string;
};

export type Phase =
  | 'preflight'
  | 'planning'
  | 'waiting-for-approval'
  | 'preparing'
  | 'copying'
  | 'window'
  | 'verifying'
  | 'cleaning-up'
  | 'undoing'
  | 'done'
  | 'failed';

export type Progress = {
  objects: { done: number; total: number };
  bytes: { done: number; total: number };
};

/** Answer of the query `status`. */
export type MigrationStatus = {
  path: MigrationPath;
  registry: string;
  destination: string;
  phase: Phase;
  /** The numbered step of the plan that runs now, for people. */
  step: string;
  planDigest: string | null;
  waitingFor: { step: ApprovalStep; planDigest: string; until: string; question: string } | null;
  /** Progress of the pass that runs now, or of the last one. `total` grows until the listing is done. */
  progress: Progress;
  /** 1-based number of the pass; 0 before the first. */
  pass: number;
  window: { openedAt: string | null; closedAt: string | null; budgetMs: number };
  audit: AuditEntry[];
  /** Why the way out of a dangerous state does not succeed yet; it is tried again until it does. */
  problem: string | null;
  /** Storage key of the report in the journal when it is written. */
  report: string | null;
};

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
  /** How many of the copied objects had which proof. */
  proofs: Partial<Record<Proof, number>>;
  durationMs: number;
};

/**
 * How the SHA-256 of a written object is known at the destination, strongest first.
 * `server`: the storage checked the digest while it stored the object and would have refused other bytes.
 * `read-back`: the object was read again and hashed where it lies.
 * `checksum`: hashed on the way, and the storage checked another digest (MD5, CRC32C) of the same bytes.
 * `stream`: hashed on the way and written with fsync, not read again.
 */
export type Proof = 'server' | 'read-back' | 'checksum' | 'stream';

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
  garbageCollection: 'done' | 'declined' | 'not-part-of-this-path' | 'not-run';
  /** Keys in the journal storage. */
  report: string;
  plan: string;
};
