// What goes into a restore of a set, what it shows, asks and leaves behind, and what its workflow may ask for. Implemented in
// activities/backups; lists of objects and tags never pass through here, they lie in the set or in the journal.

import type { SetManifest, VerificationSubject } from './backup.ts';
import type { Binding } from './binding.ts';
import type { Finding } from './finding.ts';
import type { ApprovalPolicy } from './inventory.ts';
import type { AuditEntry, RestoreTopic } from './operation.ts';
import type { JobFolder, RegistryState, TagComparison, Verification } from './registry-activities.ts';

export type RestoreInput = {
  /** A registry of the inventory. */
  registry: string;
  /** One of its sets, e.g. `prod/20261128T141500Z-1f2e3d4c` or its id alone. Default: the newest. */
  set?: string;
  /** A repository of the inventory; default: its `backups`. */
  repository?: string;
  /** A storage of the inventory that the content goes to; default: the registry's. */
  destination?: string;
  /** Look and plan only: nothing is changed. Default false. */
  dryRun?: boolean;
};

export type RestoreDetails = {
  registry: string;
  repository: string;
  /** Id of the set; null: it is not known yet. */
  set: string | null;
  /** Storage that its content goes to; empty: it is not known yet. */
  destination: string;
};

export type RestoreResult = {
  outcome: 'restored' | 'planned';
  registry: string;
  repository: string;
  /** `<registry>/<id>` */
  set: string;
  destination: string;
  /** Digest of the plan, and its key in the journal. */
  planDigest: string;
  plan: string;
  tags: number;
  /** Objects that were written, and those that were there as the set has them. Zero: it is a plan. */
  written: number;
  kept: number;
  /** Key of the report in the journal; empty: there is none. */
  report: string;
};

export type RestoreSubject = {
  job: JobFolder;
  registry: string;
  repository: string;
  /** Id of the set. */
  set: string;
  destination: string;
  /** Of the inventory, in its order. */
  replicas: string[];
  boundTo: string | null;
  dryRun: boolean;
  approvals: Record<RestoreTopic, ApprovalPolicy>;
  binding: Binding;
};

type OfSet = Pick<VerificationSubject, 'job' | 'repository' | 'registry' | 'set'>;

/** A set as a restore needs it. */
export type SetToRestore = {
  manifest: SetManifest;
  /** Key in the journal: its tags, as `snapshotTags` lists those of a registry. Tags that it has two digests of are left out. */
  tagsKey: string;
  tags: number;
  /** Key in the journal: what images lacked when the set was made, as `verifyImages` lists problems. null: nothing. */
  lostKey: string | null;
};

/** The destination beside a set. */
export type RestorePreview = {
  objects: number;
  bytes: number;
  /** Of `objects`: those whose keys are there already, to be proved. */
  there: number;
  /** Objects that the registry's storage had damaged when the set was made: they are in no set. */
  damaged: number;
  /** Objects of the destination that the set does not have, or has otherwise; examples are ten at most. */
  strange: number;
  examples: string[];
};

export type RestoredContent = { written: number; writtenBytes: number; kept: number };

/** `state` null: it does not answer, for the reason of `problem`. */
export type SeenRegistry = { state: RegistryState | null; problem: string | null };

export type RestoreActivities = {
  /** `SetInvalid` where its manifest cannot be believed. */
  listSet(request: OfSet): Promise<SetToRestore>;
  compareWithSet(request: OfSet & { storage: string }): Promise<RestorePreview>;
  /** As `inspectRegistry`, of one that may be gone. */
  lookAtRegistry(request: { registry: string }): Promise<SeenRegistry>;
  /**
   * Writes what the set has to the storage, blobs before what leads to them, each proved by its SHA-256. What is there as it
   * should be stays. Nothing is removed. `SetInvalid` where content of the set is not what it is called.
   */
  restoreContent(request: OfSet & { storage: string }): Promise<RestoredContent>;
  /**
   * What the registry keeps beside its storage comes back from the set, on `storage` and read-only, and it is well. `tryOnly`:
   * whether it could be, with nothing changed. `InvalidInput` for a product whose sets cannot be restored.
   */
  restoreMetadata(request: OfSet & { storage: string; version: string; tryOnly: boolean }): Promise<void>;
};

export type RestoreFacts = {
  subject: RestoreSubject;
  set: SetToRestore;
  preview: RestorePreview;
  seen: SeenRegistry;
  /** Tags of the registry that are newer than the set, or not in it; null: they could not be listed. */
  since: TagComparison | null;
};

/** What people approve. */
export type RestorePlan = {
  registry: string;
  set: string;
  repository: string;
  destination: string;
  version: string;
  /** When the set was begun, ISO 8601. */
  taken: string;
  tags: number;
  preview: RestorePreview;
  findings: Finding[];
  /** Tags that go, e.g. `dev/app:v2 sha256:… (pushed since)`; the first of them. */
  losses: string[];
  lost: number;
  steps: string[];
  irreversible: string;
};

export type SealedRestorePlan = { digest: string; key: string; text: string };

/** What a report of a restore tells. */
export type RestoreReportFacts = {
  subject: Pick<RestoreSubject, 'job' | 'registry' | 'repository' | 'set' | 'destination'>;
  plan: Omit<SealedRestorePlan, 'text'>;
  manifest: Pick<SetManifest, 'version' | 'takenAt' | 'counts'>;
  content: RestoredContent | null;
  verification: Verification | null;
  resumed: string[];
  audit: AuditEntry[];
  startedAt: string;
  finishedAt: string;
  failure: { type: string; message: string } | null;
  /** What stays for people to do. */
  left: string[];
};
