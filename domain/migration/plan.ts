// The plan of a migration, made from facts: numbered steps with real values, each with its undo. Workflows name
// steps by id; S0's own steps stand among those that Transship adds.

import type { RegistryEntry } from '../../contracts/inventory.ts';
import type { Phase } from '../../contracts/operation.ts';
import type { MigrationStepId, Plan, PlanStep, Recipe } from '../../contracts/plan.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import { formatBytes } from '../bytes.ts';
import { DELTA_SHARE_OF_BUDGET } from './delta-forecast.ts';
import { formatDuration } from '../duration.ts';
import type { Move, StepWords } from '../registries/product.ts';
import { productOf } from '../registries/products.ts';
import { moveOf, type Named } from './move.ts';
import { VERIFICATION_IN_WINDOW_MS } from './verification-in-window.ts';

/** Only for the plan's estimate before anything was measured; S1's documents promise no rate. */
const ASSUMED_COPY_BYTES_PER_SECOND = 50 * 1024 * 1024;
const ASSUMED_COPY_OBJECTS_PER_SECOND = 300;

/** `UnsupportedVersion` if no recipe is known to be safe. */
export function buildPlan(facts: PlanFacts, named: Named, warnings: string[]): Plan {
  const { path, subject, state, size, tags } = facts;
  const product = productOf(named.entry);
  const recipe = product.recipe(state.version, named.source, named.destination, path);
  const move = moveOf(facts, named);
  const to = { ...facts, recipe, move, words: product.steps(move) };
  const steps = path === 'best-practice' ? bestPracticeSteps(to) : readOnlySteps(to);
  return {
    path,
    registry: subject.registry,
    version: state.version,
    recipe,
    product: product.words,
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
    state: { readOnly: state.readOnly, collection: state.collection },
    binding: subject.binding,
  };
}

type Step = Omit<PlanStep, 'number' | 'phase'>;
type Known = PlanFacts & { recipe: Recipe; move: Move<RegistryEntry>; words: StepWords };

const PHASE_OF: Record<MigrationStepId, Phase> = {
  'pause-collection': 'preparing',
  'back-up-before': 'preparing',
  copy: 'copying',
  'open-window': 'waiting-for-approval',
  'final-delta': 'window',
  'back-up-final': 'window',
  prove: 'window',
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

function bestPracticeSteps(facts: Known): Step[] {
  const { subject, recipe, words, move } = facts;
  const [first, ...others] = subject.replicas;
  return [
    pauseCollection(facts),
    backUp(facts, 'back-up-before', 'Back up the metadata (S0 step 2)'),
    copyOnline(facts),
    openWindow(facts),
    finalDelta(facts),
    backUp(
      facts,
      'back-up-final',
      'Back up the metadata for good, after the last push (added to S0: its backup misses later pushes)',
    ),
    prove(facts, 'before anything is destroyed'),
    {
      id: 'take-down',
      title: 'Destroy every replica (S0 step 4); the point of no return',
      does: [...others, first!].map((replica) => words.rebuild!.takeDown(replica.id)),
      undo: null,
      pushesRefused: true,
    },
    {
      id: 'bring-up',
      title: 'Restore on the new storage (S0 step 4)',
      does: [
        words.rebuild!.bringUp(first!.id),
        'read-only is set and proved again before anything else',
        ...(recipe.afterBringUp === null ? [] : [words.switchStorage(move.destination, recipe.afterBringUp)]),
      ],
      undo: null,
      pushesRefused: true,
    },
    {
      id: 'join',
      title: 'Join the other replicas',
      does: others.map(({ id }) => words.rebuild!.join(id, first!.id)),
      undo: null,
      pushesRefused: true,
    },
    verify(facts),
    closeWindow(facts),
    {
      id: 'collect-garbage',
      title: 'Collect dangling blobs (S0 step 5), behind its own approval',
      does: [words.collectGarbage],
      undo: null,
      pushesRefused: false,
    },
    resumeCollection(facts),
    report(),
  ];
}

function readOnlySteps(facts: Known): Step[] {
  const { recipe, words, move } = facts;
  return [
    pauseCollection(facts),
    backUp(
      facts,
      'back-up-before',
      'Back up the metadata (S1 "make sure to perform a backup before you change your storage back end")',
    ),
    copyOnline(facts),
    openWindow(facts),
    finalDelta(facts),
    prove(facts, 'before the switch'),
    {
      id: 'switch-storage',
      title: 'Switch the storage and keep the tags (S0 alternative, step 3); the point of no return',
      does: [words.switchStorage(move.destination, recipe.switch), ...noWayBack(facts)],
      ...wayBack(facts),
      pushesRefused: true,
    },
    verify(facts),
    closeWindow(facts),
    resumeCollection(facts),
    report(),
  ];
}

const wayBack = ({ recipe, words, move }: Known): Pick<Step, 'undo' | 'undoDoes'> =>
  recipe.back === null
    ? { undo: null }
    : {
        undo: `Switch back to ${move.source.name}, which nothing has changed, before pushes are accepted again; if a person chooses so`,
        undoDoes: [words.switchStorage(move.source, recipe.back)],
      };

const noWayBack = ({ recipe, move }: Known): string[] =>
  recipe.back === null
    ? [`there is no way back: the registry cannot be told of ${move.source.name} again`]
    : [];

function pauseCollection({ state, words }: Known): Step {
  const { does, undo } = words.pauseCollection(state.collection);
  return {
    id: 'pause-collection',
    title: 'Stop garbage collection: schedule to "Never" (S0 step 1)',
    does: [does],
    undo,
    pushesRefused: false,
  };
}

const backUp = ({ words }: Known, id: 'back-up-before' | 'back-up-final', title: string): Step => ({
  id,
  title,
  does: [words.backUpMetadata],
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

const openWindow = ({ subject, words }: Known): Step => ({
  id: 'open-window',
  title: 'Open the window: read-only, behind its own approval (S0 alternative, step 1)',
  does: [
    `${words.readOnly(true)}; wait for every replica to report it`,
    `prove it by a push that must be refused on ${subject.replicas.map((replica) => replica.id).join(', ')}`,
    `if ${formatDuration(subject.windowBudgetMs)} pass before the point of no return, everything is undone`,
  ],
  undo: words.readOnly(false),
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

const prove = ({ subject, words, path }: Known, when: string): Step => ({
  id: 'prove',
  title: `Prove the new storage ${when}`,
  does: [
    `every blob of the final list of tags lies in ${subject.destination}; what is behind is copied again`,
    `an image that was pushed through each replica before this plan has come along; in ${subject.destination} it is marked, so that whoever serves the mark serves from there`,
    ...(path === 'best-practice'
      ? [
          'the final backup holds as many repositories, tags and manifests as the registry serves, and no schedule of collection',
        ]
      : []),
    'the registry is where and what it was, collects nothing, and no tag has changed since the list',
    `${words.readOnly(true)} still holds on every replica, proved by a push`,
  ],
  undo: 'The mark is taken back; the copies stay and serve the next run',
  pushesRefused: true,
});

const verify = ({ tags, path, recipe, move }: Known): Step => ({
  id: 'verify',
  title: 'Verify through the registry',
  does: [
    `every tag (${tags.tags} when the plan was made): its manifest and every blob of it are served from the new storage`,
    'a sample is pulled whole and hashed',
    'every replica says that it uses the new storage, and serves the marked image of ours',
    `if anything is missing, pushes stay refused until a person chooses: ${[
      'look again',
      ...(path === 'read-only' && recipe.back !== null
        ? [`switch back to ${move.source.name}, unless something was pushed since`]
        : []),
      'go on without it, and without garbage collection',
      'stay read-only',
    ].join('; ')}`,
    `what ${VERIFICATION_IN_WINDOW_MS / 1000} seconds are too short for is verified when pushes go on, before anything is collected`,
  ],
  undo: 'None needed: nothing is changed',
  pushesRefused: true,
});

const closeWindow = ({ words }: Known): Step => ({
  id: 'close-window',
  title: 'Close the window: pushes are accepted again',
  does: [`${words.readOnly(false)}; prove it by a push through every replica`],
  undo: 'None needed',
  pushesRefused: true,
});

const resumeCollection = ({ state, words }: Known): Step => ({
  id: 'resume-collection',
  title: 'Put the garbage collection schedule back',
  does: [words.resumeCollection(state.collection)],
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
