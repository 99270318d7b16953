// What both paths share around their own steps: the input is checked, a plan is made and approved, the schedule of
// garbage collection comes back whatever happens, and a report is written for every ending.

import { CancellationScope } from '@temporalio/workflow';
import type {
  MigrationDetails,
  MigrationInput,
  MigrationResult,
  MigrationTopic,
  ReturnInput,
} from '../../contracts/migration.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { MigrationStepId } from '../../contracts/plan.ts';
import type { MigrationSubject, Started } from '../../contracts/record-activities.ts';
import { quick } from '../operation/activity-profiles.ts';
import { nameOf, passable, startedAs } from '../operation/argument.ts';
import { type Operation, runOperation, withReport } from '../operation/operation.ts';
import { unnumbered } from '../operation/status-board.ts';
import { bindActivities } from '../operation/summarized-activities.ts';
import { resumeCollection } from './collection.ts';
import { resultOf, writeReport } from './ending.ts';
import { lookAtAll } from './look.ts';
import type { Migration } from './migration-state.ts';
import { releaseDestination, removeCanaries, unlessPlanned } from './prove.ts';

type Resolve = (asked: Started & { input: MigrationInput }) => Promise<MigrationSubject>;

/** `unnamed`: of an input that names no destination; what is shown in its place until `resolve` has found it. */
export async function runMigration(
  path: MigrationPath,
  input: ReturnInput & Partial<MigrationInput>,
  carryOut: (migration: Migration) => Promise<void>,
  unnamed?: { destination: string; resolve: Resolve },
): Promise<MigrationResult> {
  const registry = nameOf(input?.registry);
  const destination = unnamed?.destination ?? nameOf(input?.destination);
  const resolve: Resolve = unnamed?.resolve ?? ((asked) => quick.resolveMigration({ path, ...asked }));
  return await runOperation<MigrationDetails, MigrationTopic, MigrationResult>(
    {
      kind: 'migration',
      subject: { kind: 'registry', name: registry },
      title: titleOf({ registry, destination, path }),
      details: { path, registry, destination, pass: 0 },
    },
    async (operation) => {
      const migration = await prepare(path, input, operation, resolve);
      if (migration.subject.dryRun) {
        await removeCanaries(migration);
        return {
          result: { outcome: 'planned', ...resultOf(migration), report: '' },
          ended: 'The plan is made; nothing was changed',
        };
      }
      const report = await withReport(
        () => approveAndCarryOut(migration, carryOut),
        (error) => writeReport(migration, error),
      );
      return { result: { outcome: 'migrated', ...resultOf(migration), ...report }, ended: 'Migrated' };
    },
  );
}

async function approveAndCarryOut(
  migration: Migration,
  carryOut: (migration: Migration) => Promise<void>,
): Promise<void> {
  try {
    migration.board.enter('waiting-for-approval', unnumbered('approve-plan', 'Approve the plan'));
    await migration.approvals.require('plan', migration.plan.digest, questionOf(migration));
    try {
      await carryOut(migration);
      await migration.pauses.hereGoingForward();
    } finally {
      migration.pauses.refuse('It is ending: what it has turned off comes back now.');
      await resumeCollection(migration);
    }
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await removeCanaries(migration);
      await releaseDestination(migration);
    });
  }
  migration.step('report');
}

/** Preflight and plan: looks at everything, changes nothing but what `lookAtAll` says. */
async function prepare(
  path: MigrationPath,
  input: unknown,
  { board, approvals, pauses }: Operation<MigrationDetails, MigrationTopic>,
  resolve: Resolve,
): Promise<Migration> {
  const subject = await resolve({ input: passable(input) as MigrationInput, ...startedAs() });
  approvals.setPolicies(subject.approvals);
  bindActivities(subject.binding);
  board.status.window.budgetMs = subject.windowBudgetMs;
  const { registry, destination } = subject;
  Object.assign(board.status.details, { registry, destination });
  board.status.title = titleOf(board.status.details);

  board.enter('preflight', unnumbered('look', 'Look at the registry and at both storages'));
  await pauses.here();
  const facts = await lookAtAll(path, subject);

  board.enter('planning', unnumbered('make-plan', 'Make the plan'));
  const { canaries, closure, state, tags } = facts;
  const makePlan = () => quick.makePlan(facts);
  const plan = canaries === null ? await makePlan() : await unlessPlanned({ subject }, makePlan);
  board.setPlan(plan);

  const step = (id: MigrationStepId): void => {
    const { phase, ...shown } = plan.steps.find((planned) => planned.id === id)!;
    board.enter(phase, shown);
  };
  return {
    subject,
    state,
    plan,
    board,
    approvals,
    pauses,
    tagsBefore: tags,
    tagsFinal: null,
    tagsAfter: null,
    tagsSinceBackup: null,
    passes: [],
    backups: [],
    refusedPushes: [],
    verification: null,
    garbageCollection: plan.steps.some(({ id }) => id === 'collect-garbage')
      ? 'not-run'
      : 'not-part-of-this-path',
    savedCollection: null,
    collectionEnded: false,
    canaries: canaries!,
    marked: false,
    closureOfSource: closure!,
    closure: null,
    inUse: false,
    removals: facts.superseded?.removed ?? 0,
    without: [],
    attempt: 1,
    missingParts: false,
    leftReadOnly: false,
    baseline: null,
    acceptedDamage: null,
    left: [],
    undone: [],
    step,
    async begin(id) {
      step(id);
      await pauses.here();
    },
  };
}

const titleOf = ({
  registry,
  destination,
  path,
}: Pick<MigrationDetails, 'registry' | 'destination' | 'path'>): string =>
  `${registry} → ${destination} (${path})`;

const questionOf = ({ subject, plan, tagsBefore }: Migration): string =>
  `Move ${subject.registry} (${tagsBefore.tags} tags in ${tagsBefore.repositories} repositories) from ${subject.source} to ${subject.destination} as \`${plan.key}\` in the journal says?`;
