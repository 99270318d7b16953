// What both paths share around their own steps: the input is checked, a plan is made and approved, the schedule of
// garbage collection comes back whatever happens, and a report is written for every ending.

import { workflowInfo } from '@temporalio/workflow';
import type {
  MigrationDetails,
  MigrationInput,
  MigrationResult,
  MigrationTopic,
  PassSummary,
} from '../../contracts/migration.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { MigrationStepId } from '../../contracts/plan.ts';
import type { MigrationSubject, SealedPlan } from '../../contracts/record-activities.ts';
import type {
  MetadataBackup,
  RegistryState,
  ReplicaAnswer,
  SavedSetting,
  TagComparison,
  TagSnapshot,
  Verification,
} from '../../contracts/registry-activities.ts';
import { inspection, inspectionAt, mustHappen, quick, transfer } from '../operation/activity-profiles.ts';
import type { ApprovalGate } from '../operation/approval-gate.ts';
import { failure, isUntaken, reasonOf } from '../operation/failure.ts';
import { insist } from '../operation/insist.ts';
import { type Operation, runOperation, withReport } from '../operation/operation.ts';
import { type StatusBoard, unnumbered } from '../operation/status-board.ts';

/** Reading every object may take days; copying finds the damage of those that are not read now. */
const READ_FOR_DAMAGE_MS = 60_000;

/** Everything that the steps of a path work with and add to. */
export type Migration = {
  subject: MigrationSubject;
  state: RegistryState;
  plan: SealedPlan;
  board: StatusBoard<MigrationDetails>;
  approvals: ApprovalGate<MigrationTopic>;
  tagsBefore: TagSnapshot;
  /** When pushes had stopped: what the new storage must serve. */
  tagsFinal: TagSnapshot | null;
  tagsAfter: TagSnapshot | null;
  tagsSinceBackup: TagComparison | null;
  passes: PassSummary[];
  backups: MetadataBackup[];
  refusedPushes: ReplicaAnswer[];
  verification: Verification | null;
  garbageCollection: MigrationResult['garbageCollection'];
  /** What of garbage collection was or may have been turned off, and must come back; null: nothing was touched. */
  savedCollection: SavedSetting | null;
  /** Missing or damaged parts of images before the move; null until they were looked for. */
  baseline: Verification | null;
  /** Damaged objects that a person accepted, and the pass that named them; null: none. */
  acceptedDamage: { objects: number; pass: number } | null;
  /** What a failing procedure undid, for the report. */
  undone: string[];
  /** Shows the step of the plan as the one that runs now. */
  step(id: MigrationStepId): void;
};

export async function runMigration(
  path: MigrationPath,
  input: MigrationInput,
  carryOut: (migration: Migration) => Promise<void>,
): Promise<MigrationResult> {
  const registry = nameOf(input?.registry);
  const destination = nameOf(input?.destination);
  return await runOperation<MigrationDetails, MigrationTopic, MigrationResult>(
    {
      kind: 'migration',
      subject: { kind: 'registry', name: registry },
      title: `${registry} → ${destination} (${path})`,
      details: { path, registry, destination, pass: 0 },
    },
    async (operation) => {
      const migration = await prepare(path, input, operation);
      if (migration.subject.dryRun)
        return {
          result: { outcome: 'planned', ...resultOf(migration), report: '' },
          ended: 'The plan is made; nothing was changed',
        };
      const report = await withReport(
        () => approveAndCarryOut(migration, carryOut),
        (error) => writeReport(migration, error),
      );
      return { result: { outcome: 'migrated', ...resultOf(migration), report }, ended: 'Migrated' };
    },
  );
}

async function approveAndCarryOut(
  migration: Migration,
  carryOut: (migration: Migration) => Promise<void>,
): Promise<void> {
  migration.board.enter('waiting-for-approval', unnumbered('approve-plan', 'Approve the plan'));
  await migration.approvals.require('plan', migration.plan.digest, questionOf(migration));
  try {
    await carryOut(migration);
  } finally {
    await resumeCollection(migration);
  }
  migration.step('report');
}

/** Preflight and plan: looks at everything, changes nothing (but for a probe object at the destination). */
async function prepare(
  path: MigrationPath,
  input: MigrationInput,
  { board, approvals }: Operation<MigrationDetails, MigrationTopic>,
): Promise<Migration> {
  const info = workflowInfo();
  const subject = await quick.resolveMigration({
    path,
    input,
    workflowId: info.workflowId,
    runId: info.runId,
    // Zero is how `temporal workflow start` says that there is none.
    hasTimeouts: Boolean(info.runTimeoutMs) || Boolean(info.executionTimeoutMs),
  });
  approvals.setPolicies(subject.approvals);
  board.status.window.budgetMs = subject.windowBudgetMs;

  board.enter('preflight', unnumbered('look', 'Look at the registry and at both storages'));
  const { registry, job, source, destination } = subject;
  const storages = inspectionAt(subject.boundTo);
  const [state, sourceCheck, destinationCheck, size, damage, tags] = await Promise.all([
    inspection.inspectRegistry({ registry }),
    storages.checkAccess({ storage: source, writable: false }),
    storages.checkAccess({
      storage: destination,
      writable: true,
      hosts: subject.replicas.map((replica) => replica.host),
    }),
    storages.measureStorage({ storage: source }),
    storages.findDamage({ job, storage: source, destination, readForMs: READ_FOR_DAMAGE_MS }),
    inspection.snapshotTags({ registry, job, name: 'before' }),
  ]).catch((error: unknown) => {
    if (!isUntaken(error)) throw error;
    throw failure(
      'PreflightFailed',
      `No worker is bound to ${subject.boundTo}, where the storages are: start one there with --bound-to ${subject.boundTo}.`,
    );
  });

  board.enter('planning', unnumbered('make-plan', 'Make the plan'));
  const plan = await quick.makePlan({
    path,
    subject,
    state,
    sourceCheck,
    destinationCheck,
    size,
    damage,
    tags,
  });
  board.status.planDigest = plan.digest;

  return {
    subject,
    state,
    plan,
    board,
    approvals,
    tagsBefore: tags,
    tagsFinal: null,
    tagsAfter: null,
    tagsSinceBackup: null,
    passes: [],
    backups: [],
    refusedPushes: [],
    verification: null,
    garbageCollection: path === 'best-practice' ? 'not-run' : 'not-part-of-this-path',
    savedCollection: null,
    baseline: null,
    acceptedDamage: null,
    undone: [],
    step(id) {
      const { phase, ...step } = plan.steps.find((planned) => planned.id === id)!;
      board.enter(phase, step);
    },
  };
}

const questionOf = ({ subject, plan, tagsBefore }: Migration): string =>
  `Move ${subject.registry} (${tagsBefore.tags} tags in ${tagsBefore.repositories} repositories) from ${subject.source} to ${subject.destination} as \`${plan.key}\` in the journal says?`;

/** The setting is remembered before it is touched, so that it comes back whatever happens. */
export async function pauseCollection(migration: Migration): Promise<void> {
  const { registry, job } = migration.subject;
  migration.savedCollection = migration.state.collection;
  const { saved } = await transfer.pauseCollection({ registry, job });
  migration.savedCollection = saved;
}

/** A product that keeps nothing outside its storage has nothing to be backed up. */
export function keepBackup({ backups }: Migration, backup: MetadataBackup | null): void {
  if (backup !== null) backups.push(backup);
}

/** Safe to do when nothing was paused: what was saved is put back, and nothing saved means nothing to do. */
async function resumeCollection(migration: Migration): Promise<void> {
  const { subject, board, undone, savedCollection } = migration;
  migration.step('resume-collection');
  const { resumed } = await insist(board, () =>
    mustHappen.resumeCollection({
      registry: subject.registry,
      job: subject.job,
      saved: savedCollection,
    }),
  );
  if (resumed.length > 0) undone.push(`garbage collection schedule: ${resumed.join(', ')}`);
}

/** The report can be written more than once: the last one tells the whole story. */
async function writeReport(migration: Migration, error: unknown): Promise<string> {
  const { subject, plan, board, backups, verification, tagsSinceBackup, refusedPushes, undone } = migration;
  const { status } = board;
  const { key } = await mustHappen.writeReport({
    job: subject.job,
    plan,
    result: { outcome: error === null ? 'migrated' : 'failed', ...resultOf(migration) },
    phase: status.phase,
    startedAt: workflowInfo().startTime.toISOString(),
    finishedAt: new Date().toISOString(),
    window: { openedAt: status.window.openedAt, closedAt: status.window.closedAt, refusedPushes },
    backups,
    verification,
    tagsSinceBackup,
    audit: status.audit,
    failure: error === null ? null : { ...reasonOf(error), undone },
  });
  status.report = key;
  board.refresh();
  return key;
}

function resultOf(migration: Migration): Omit<MigrationResult, 'report' | 'outcome'> {
  const { subject, plan, passes, tagsBefore, tagsAfter, garbageCollection, board } = migration;
  const { openedAt, closedAt } = board.status.window;
  const last = passes.at(-1);
  return {
    registry: subject.registry,
    destination: subject.destination,
    path: board.status.details.path,
    planDigest: plan.digest,
    plan: plan.key,
    objects: last?.sourceObjects ?? 0,
    bytes: last?.sourceBytes ?? 0,
    tagsBefore: { repositories: tagsBefore.repositories, tags: tagsBefore.tags },
    tagsAfter: tagsAfter === null ? null : { repositories: tagsAfter.repositories, tags: tagsAfter.tags },
    passes,
    windowSeconds:
      openedAt === null || closedAt === null ? null : (Date.parse(closedAt) - Date.parse(openedAt)) / 1000,
    damaged: last?.damaged ?? 0,
    garbageCollection,
  };
}

/** The input is shown before it is checked, and people may have sent anything. */
const nameOf = (value: unknown): string => (typeof value === 'string' ? value : '(no name)');
