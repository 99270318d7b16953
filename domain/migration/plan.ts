// The plan of a migration, made from facts: numbered steps with real values, each with its undo. Workflows name
// steps by id; S0's own steps stand among those that Transship adds.

import type { RestoreStorage } from '../../contracts/host-activities.ts';
import type { Phase } from '../../contracts/operation.ts';
import type { MigrationStepId, Plan, PlanStep } from '../../contracts/plan.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import { type BootstrapperCommand, bootstrapperLine } from '../registries/dtr/bootstrapper-command.ts';
import { formatBytes } from '../bytes.ts';
import { DELTA_SHARE_OF_BUDGET } from './delta-forecast.ts';
import { formatDuration } from '../duration.ts';
import { chooseRecipe, type RecipeDestination } from '../registries/dtr/recipes.ts';

/** Only for the plan's estimate before anything was measured; S1's documents promise no rate. */
const ASSUMED_COPY_BYTES_PER_SECOND = 50 * 1024 * 1024;
const ASSUMED_COPY_OBJECTS_PER_SECOND = 300;

/** `UnsupportedVersion` if no recipe is known to be safe. */
export function buildPlan(facts: PlanFacts, warnings: string[]): Plan {
  const { path, subject, state, size, tags } = facts;
  const kind = subject.destinationNfs ? 'nfs' : (subject.destinationKind as RecipeDestination);
  const recipe = chooseRecipe(state.version, kind, path);
  const steps =
    path === 'best-practice' ? bestPracticeSteps(facts, recipe.switch) : readOnlySteps(facts, recipe.switch);
  return {
    path,
    registry: subject.registry,
    version: state.version,
    recipe,
    source: { name: subject.source, describe: facts.sourceCheck.describe },
    destination: { name: subject.destination, describe: facts.destinationCheck.describe },
    expected: {
      objects: size.objects,
      bytes: size.bytes,
      copySeconds: Math.ceil(
        Math.max(size.bytes / ASSUMED_COPY_BYTES_PER_SECOND, size.objects / ASSUMED_COPY_OBJECTS_PER_SECOND),
      ),
    },
    windowBudgetMs: subject.windowBudgetMs,
    proof: facts.destinationCheck.proof,
    replicas: subject.replicas.map((replica) => replica.id),
    tags: { repositories: tags.repositories, tags: tags.tags },
    damage: facts.damage,
    warnings,
    steps: steps.map((step, index) => ({ ...step, number: index + 1, phase: PHASE_OF[step.id] })),
    state: { readOnly: state.readOnly, gcSchedules: state.gcSchedules },
  };
}

type Step = Omit<PlanStep, 'number' | 'phase'>;

const PHASE_OF: Record<MigrationStepId, Phase> = {
  'pause-collection': 'preparing',
  'back-up-before': 'preparing',
  copy: 'copying',
  'open-window': 'waiting-for-approval',
  'final-delta': 'window',
  'back-up-final': 'window',
  'take-down': 'window',
  'bring-up': 'window',
  join: 'window',
  'switch-storage': 'window',
  verify: 'verifying',
  'close-window': 'window',
  'collect-garbage': 'waiting-for-approval',
  'resume-collection': 'cleaning-up',
  report: 'cleaning-up',
};

function bestPracticeSteps(facts: PlanFacts, storageSwitch: Plan['recipe']['switch']): Step[] {
  const { subject, state } = facts;
  const [first, ...others] = subject.replicas;
  return [
    stopGarbageCollection(facts),
    backUp(facts, 'back-up-before', 'Back up the metadata (S0 step 2)'),
    copyOnline(facts),
    openWindow(facts),
    finalDelta(facts),
    backUp(
      facts,
      'back-up-final',
      'Back up the metadata for good, after the last push (added to S0: its backup misses later pushes)',
    ),
    {
      id: 'take-down',
      title: 'Destroy every replica (S0 step 4); the point of no return',
      does: [...others, first!].map((replica) => bootstrap(facts, { name: 'destroy', replica: replica.id })),
      undo: null,
      pushesRefused: true,
    },
    {
      id: 'bring-up',
      title: 'Restore on the new storage (S0 step 4)',
      does: [
        `${bootstrap(facts, { name: 'restore', replica: first!.id, node: first!.node, storage: restoreStorage(facts) })} < the backup taken after the last push`,
        'read-only is set and proved again before anything else',
        ...(storageSwitch === 'keep-metadata' ? switchStorage(facts, storageSwitch) : []),
      ],
      undo: null,
      pushesRefused: true,
    },
    {
      id: 'join',
      title: 'Join the other replicas',
      does: others.map(({ id, node }) =>
        bootstrap(facts, { name: 'join', replica: id, node, existing: first!.id }),
      ),
      undo: null,
      pushesRefused: true,
    },
    verify(facts),
    closeWindow(),
    {
      id: 'collect-garbage',
      title: 'Collect dangling blobs (S0 step 5), behind its own approval',
      does: [
        'POST /api/v0/jobs {"action": "onlinegc_blobs"}: removes blobs that no manifest refers to, irreversibly',
      ],
      undo: null,
      pushesRefused: false,
    },
    restoreGarbageCollection(state.gcSchedules.length),
    report(),
  ];
}

function readOnlySteps(facts: PlanFacts, storageSwitch: Plan['recipe']['switch']): Step[] {
  return [
    stopGarbageCollection(facts),
    backUp(
      facts,
      'back-up-before',
      'Back up the metadata (S1 "make sure to perform a backup before you change your storage back end")',
    ),
    copyOnline(facts),
    openWindow(facts),
    finalDelta(facts),
    {
      id: 'switch-storage',
      title: 'Switch the storage and keep the tags (S0 alternative, step 3); the point of no return',
      does: switchStorage(facts, storageSwitch),
      undo: `Switch back to ${facts.subject.source}, which nothing has changed, before pushes are accepted again`,
      pushesRefused: true,
    },
    verify(facts),
    closeWindow(),
    restoreGarbageCollection(facts.state.gcSchedules.length),
    report(),
  ];
}

const stopGarbageCollection = ({ state }: PlanFacts): Step => ({
  id: 'pause-collection',
  title: 'Stop garbage collection: schedule to "Never" (S0 step 1)',
  does: [
    state.gcSchedules.length === 0
      ? 'There is no schedule; wait for a running collection to end'
      : `Save, then DELETE /api/v0/crons of ${state.gcSchedules.map((cron) => `${cron.action} (${cron.schedule})`).join(', ')}; wait for a running collection to end`,
  ],
  undo: 'POST the saved schedules back',
  pushesRefused: false,
});

const backUp = (facts: PlanFacts, id: 'back-up-before' | 'back-up-final', title: string): Step => ({
  id,
  title,
  does: [
    `${bootstrap(facts, { name: 'backup', replica: facts.subject.replicas[0]!.id })} > the backups storage; the archive is read to its end and checked`,
  ],
  undo: 'None needed: a backup changes nothing',
  pushesRefused: id === 'back-up-final',
});

const copyOnline = ({ subject, size, sourceCheck, destinationCheck }: PlanFacts): Step => ({
  id: 'copy',
  title: 'Copy the content while the registry is in use, pass after pass (S0 step 3)',
  does: [
    `${size.objects} objects, ${formatBytes(size.bytes)}: ${sourceCheck.describe} → ${destinationCheck.describe}, until the final delta is forecast to take at most ${formatDuration(subject.windowBudgetMs * DELTA_SHARE_OF_BUDGET)}`,
    `every object is proved by its SHA-256 (${destinationCheck.proof})`,
  ],
  undo: 'The copies stay and serve the next run; nobody uses them',
  pushesRefused: false,
});

const openWindow = ({ subject }: PlanFacts): Step => ({
  id: 'open-window',
  title: 'Open the window: read-only, behind its own approval (S0 alternative, step 1)',
  does: [
    'POST /api/v0/meta/settings {"readOnlyRegistry": true}; wait for every replica to report it',
    `prove it by a push that must be refused on ${subject.replicas.map((replica) => replica.id).join(', ')}`,
    `if ${formatDuration(subject.windowBudgetMs)} pass before the point of no return, everything is undone`,
  ],
  undo: 'POST /api/v0/meta/settings {"readOnlyRegistry": false}',
  pushesRefused: true,
});

const finalDelta = ({ subject }: PlanFacts): Step => ({
  id: 'final-delta',
  title: 'Copy the final delta, and list every tag',
  does: [
    `copy to ${subject.destination} what changed since the last pass, remove there what the source no longer has`,
    'list every tag with its digest: the list that the new storage must serve',
  ],
  undo: 'The copies stay and serve the next run; nobody uses them',
  pushesRefused: true,
});

const verify = ({ tags }: PlanFacts): Step => ({
  id: 'verify',
  title: 'Verify through the registry',
  does: [
    `every tag (${tags.tags} when the plan was made): its manifest and every blob of it are served from the new storage`,
    'a sample is pulled whole and hashed',
    'what six seconds are too short for is verified when pushes go on, before anything is collected',
  ],
  undo: 'None needed: nothing is changed',
  pushesRefused: true,
});

const closeWindow = (): Step => ({
  id: 'close-window',
  title: 'Close the window: pushes are accepted again',
  does: ['POST /api/v0/meta/settings {"readOnlyRegistry": false}; prove it by a push through every replica'],
  undo: 'None needed',
  pushesRefused: true,
});

const restoreGarbageCollection = (schedules: number): Step => ({
  id: 'resume-collection',
  title: 'Put the garbage collection schedule back',
  does: [
    schedules === 0
      ? 'There was none; there will be none'
      : 'POST /api/v0/crons with what was saved, and read it again',
  ],
  undo: 'None needed',
  pushesRefused: false,
});

const report = (): Step => ({
  id: 'report',
  title: 'Write the report and the proof',
  does: ['report.html, report.md, report.json and proof.json in the journal'],
  undo: 'None needed',
  pushesRefused: false,
});

function switchStorage(facts: PlanFacts, storageSwitch: Plan['recipe']['switch']): string[] {
  const { subject, destinationCheck } = facts;
  return storageSwitch === 'keep-metadata'
    ? [`PUT /api/v0/admin/settings/registry with keep_metadata: true → ${destinationCheck.describe}`]
    : [
        bootstrap(facts, {
          name: 'reconfigure',
          replica: subject.replicas[0]!.id,
          storage:
            subject.destinationNfs === null
              ? { volume: subject.destinationVolume! }
              : { nfs: subject.destinationNfs },
        }),
      ];
}

const restoreStorage = ({ subject }: PlanFacts): RestoreStorage =>
  subject.destinationVolume === null
    ? { use: 'default' }
    : { use: 'volume', volume: subject.destinationVolume };

const bootstrap = ({ state, subject }: PlanFacts, command: BootstrapperCommand): string =>
  `(on ${subject.bootstrapHost}) ${bootstrapperLine(subject.bootstrapper, state.version, command)}`;
