// What workflows may have checked and written down: the input against the inventory, the plan, the report.

import type { Finding } from './finding.ts';
import type {
  BackupFacts,
  BackupInput,
  BackupSubject,
  VerificationInput,
  VerificationSubject,
} from './backup.ts';
import type { Binding } from './binding.ts';
import type {
  RestoreFacts,
  RestoreInput,
  RestoreReportFacts,
  RestoreSubject,
  SealedRestorePlan,
} from './restore.ts';
import type { ApprovalPolicy } from './inventory.ts';
import type { MigrationInput, MigrationResult, MigrationTopic, ReturnInput } from './migration.ts';
import type { AuditEntry, Phase } from './operation.ts';
import type { MigrationPath } from './names.ts';
import type { Plan, PlanStep } from './plan.ts';
import type {
  Canary,
  Closure,
  JobFolder,
  MetadataBackup,
  RegistryState,
  ReplicaAnswer,
  TagComparison,
  TagSnapshot,
  Verification,
} from './registry-activities.ts';
import type { AccessCheck, DamageReport, StorageSize, Superseded } from './storage-activities.ts';

/** What the inventory says of a migration's subject; names and places, never secrets. */
export type MigrationSubject = {
  job: JobFolder;
  registry: string;
  source: string;
  destination: string;
  /** The place that workers must be bound to for both storages; null: any worker will do. */
  boundTo: string | null;
  dryRun: boolean;
  windowBudgetMs: number;
  /** `host` as in the inventory; absent: the worker's own machine. */
  replicas: { id: string; host?: string }[];
  approvals: Record<MigrationTopic, ApprovalPolicy>;
  /** Of everything that the names mean. */
  binding: Binding;
};

export type PlanFacts = {
  path: MigrationPath;
  subject: MigrationSubject;
  state: RegistryState;
  sourceCheck: AccessCheck;
  destinationCheck: AccessCheck;
  size: StorageSize;
  damage: DamageReport;
  tags: TagSnapshot;
  /** Why the destination could not be claimed, or null. */
  destinationProblem: string | null;
  /** What goes of the destination's earlier use; absent, null: the registry did not use it before. */
  superseded?: Superseded | null;
  /** As the source has them; null: the registry does not accept pushes now. */
  canaries: Canary[] | null;
  /** Of the tags and the source; null with the canaries. */
  closure: Closure | null;
  /** What earlier runs have left and what could not be put right. */
  unmended: Finding[];
};

export type SealedPlan = {
  digest: string;
  key: string;
  /** As people read it; what is longer than Temporal takes well ends with where the rest is. */
  text: string;
  recipe: Plan['recipe'];
  steps: Pick<PlanStep, 'id' | 'number' | 'phase' | 'title'>[];
};

export type ReportFacts = {
  job: JobFolder;
  plan: Omit<SealedPlan, 'text'>;
  result: Omit<MigrationResult, 'report' | 'outcome'> & { outcome: MigrationResult['outcome'] | 'failed' };
  phase: Phase;
  startedAt: string;
  finishedAt: string;
  window: {
    openedAt: string | null;
    closedAt: string | null;
    refusedPushes: ReplicaAnswer[];
    /** Replicas of which it is not known whether they take pushes again. */
    unproved?: string[];
  };
  backups: MetadataBackup[];
  verification: Verification | null;
  /** Tags that changed between the first and the final snapshot: pushes that a literal run of S0 would have lost. */
  tagsSinceBackup: TagComparison | null;
  audit: AuditEntry[];
  failure: { type: string; message: string; undone: string[] } | null;
  /** What stays for people to do. */
  left: string[];
  /** Of the final list and the destination, and the replicas through which canaries came along; null: it did not come to that. */
  proved: { closure: Closure; canaries: string[] } | null;
};

/** How a workflow was started. */
export type Started = {
  workflowId: string;
  runId: string;
  /** Run and execution timeouts would end a workflow inside the window without its way out. */
  hasTimeouts: boolean;
  /** A retry policy or a timetable of the workflow would begin it anew when it has failed. */
  isRepeated: boolean;
};

export type RecordActivities = {
  /** Checks shape, names and fit of an input; `InvalidInput` lists every mistake. */
  resolveMigration(
    request: Started & { path: MigrationPath; input: MigrationInput },
  ): Promise<MigrationSubject>;
  /** As `resolveMigration`, of the read-only path; the journal says what the destination is. */
  resolveReturn(request: Started & { input: ReturnInput }): Promise<MigrationSubject>;
  /** As `resolveMigration`, of a backup. `startedAt`: of the workflow, ISO 8601. */
  resolveBackup(
    request: Omit<Started, 'isRepeated'> & { startedAt: string; input: BackupInput },
  ): Promise<BackupSubject>;
  /** `SetInvalid` where there is no such set. */
  resolveVerification(
    request: Pick<Started, 'workflowId' | 'runId'> & { input: VerificationInput },
  ): Promise<VerificationSubject>;
  /** As `resolveMigration`, of a restore. `SetInvalid` where there is no such set. */
  resolveRestore(request: Started & { input: RestoreInput }): Promise<RestoreSubject>;
  /** Writes it to the journal as JSON and text. `PreflightFailed` with everything that stops a restore. */
  makeRestorePlan(facts: RestoreFacts): Promise<SealedRestorePlan>;
  /** Chooses the recipe, makes the plan, writes it to the journal as JSON and text. `UnsupportedVersion` fails closed. */
  makePlan(facts: PlanFacts): Promise<SealedPlan>;
  /** Refused decisions that the trail counts and does not list: a batch of them as a list in the journal. */
  writeRefusals(request: { job: JobFolder; batch: number; entries: AuditEntry[] }): Promise<void>;
  /** Writes report.html, report.md, report.json and proof.json; returns the key of the HTML file, and for people where it lies. */
  writeReport(facts: ReportFacts): Promise<{ key: string; place?: string }>;
  /** As `writeReport`, without a proof: the manifest of the set is one. */
  writeBackupReport(facts: BackupFacts): Promise<{ key: string }>;
  writeRestoreReport(facts: RestoreReportFacts): Promise<{ key: string }>;
};
