// The plan of a migration, made from facts: numbered steps with real values, each with its undo. Workflows name
// steps by id; S0's own steps stand among those that Transship adds.

import type { Phase } from '../../contracts/operation.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { MigrationStepId, Plan } from '../../contracts/plan.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import { productOf } from '../registries/products.ts';
import { moveOf, type Named } from './move.ts';
import {
  wayBack,
  noWayBack,
  pauseCollection,
  backUp,
  copyOnline,
  openWindow,
  finalDelta,
  prove,
  verify,
  closeWindow,
  collectGarbage,
  resumeCollection,
  report,
  type Known,
  type Step,
} from './plan-steps.ts';

/** Only for the plan's estimate before anything was measured; S1's documents promise no rate. */
const ASSUMED_COPY_BYTES_PER_SECOND = 50 * 1024 * 1024;
const ASSUMED_COPY_OBJECTS_PER_SECOND = 300;

/** `UnsupportedVersion` if no recipe is known to be safe. */
export function buildPlan(facts: PlanFacts, named: Named, findings: Finding[]): Plan {
  const { path, subject, state, size, tags } = facts;
  const product = productOf(named.entry);
  const recipe = product.recipe(state, named.source, named.destination, path);
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
    findings,
    steps: steps.map((step, index) => ({
      ...step,
      title: to.words.titles?.[step.id] ?? step.title,
      number: index + 1,
      phase: PHASE_OF[step.id],
    })),
    state: { readOnly: state.readOnly, collection: state.collection },
    binding: subject.binding,
  };
}

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
        ...(words.rebuild!.prepare?.(first!.id) ?? []),
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
      does: others.flatMap(({ id }) => [
        ...(words.rebuild!.prepare?.(id) ?? []),
        words.rebuild!.join(id, first!.id),
      ]),
      undo: null,
      pushesRefused: true,
    },
    verify(facts),
    closeWindow(facts),
    collectGarbage(facts, 'Collect dangling blobs (S0 step 5), behind its own approval'),
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
    ...(recipe.collectsReadOnly === true
      ? [collectGarbage(facts, 'Collect garbage, behind its own approval, in a short window of its own')]
      : []),
    resumeCollection(facts),
    report(),
  ];
}
