// The steps that both paths have, with real values. What S0 and S1 say and what is added to them stands in each step's title.

import type { RegistryEntry } from '../../contracts/inventory.ts';
import type { PlanStep, Recipe } from '../../contracts/plan.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import { formatBytes } from '../bytes.ts';
import { formatDuration } from '../duration.ts';
import type { Move, StepWords } from '../registries/product.ts';
import { DELTA_SHARE_OF_BUDGET } from './delta-forecast.ts';
import { VERIFICATION_IN_WINDOW_MS } from './verification-in-window.ts';

export type Step = Omit<PlanStep, 'number' | 'phase'>;
export type Known = PlanFacts & { recipe: Recipe; move: Move<RegistryEntry>; words: StepWords };

export const wayBack = ({ recipe, words, move }: Known): Pick<Step, 'undo' | 'undoDoes'> =>
  recipe.back === null
    ? { undo: null }
    : {
        undo: `Switch back to ${move.source.name}, which nothing has changed, before pushes are accepted again; if a person chooses so`,
        undoDoes: [words.switchStorage(move.source, recipe.back)],
      };

export const noWayBack = ({ recipe, move }: Known): string[] =>
  recipe.back === null
    ? [`there is no way back: the registry cannot be told of ${move.source.name} again`]
    : [];

export function pauseCollection({ state, words }: Known): Step {
  const { does, undo } = words.pauseCollection(state.collection);
  return {
    id: 'pause-collection',
    title: 'Stop garbage collection: schedule to "Never" (S0 step 1)',
    does: [does],
    undo,
    pushesRefused: false,
  };
}

export const backUp = ({ words }: Known, id: 'back-up-before' | 'back-up-final', title: string): Step => ({
  id,
  title,
  does: [words.backUpMetadata],
  undo: 'None needed: a backup changes nothing',
  pushesRefused: id === 'back-up-final',
});

export const copyOnline = ({ subject, size, sourceCheck, destinationCheck }: PlanFacts): Step => ({
  id: 'copy',
  title: 'Copy the content while the registry is in use, pass after pass (S0 step 3)',
  does: [
    `${size.objects} objects, ${formatBytes(size.bytes)}: ${sourceCheck.describe} → ${destinationCheck.describe}, until the final delta is forecast to take at most ${formatDuration(subject.windowBudgetMs * DELTA_SHARE_OF_BUDGET)}`,
    `every object is proved by its SHA-256 (${destinationCheck.proof})`,
  ],
  undo: 'The copies stay and serve the next run; nobody uses them',
  pushesRefused: false,
});

export const openWindow = ({ subject, words }: Known): Step => ({
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

export const finalDelta = ({ subject }: PlanFacts): Step => ({
  id: 'final-delta',
  title: 'Copy the final delta, and list every tag',
  does: [
    `copy to ${subject.destination} what changed since the last pass, remove there what the source no longer has`,
    'list every tag with its digest: the list that the new storage must serve',
  ],
  undo: 'The copies stay and serve the next run; nobody uses them',
  pushesRefused: true,
});

export const prove = ({ subject, words, path }: Known, when: string): Step => ({
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

export const verify = ({ tags, path, recipe, move }: Known): Step => ({
  id: 'verify',
  title: 'Verify through the registry',
  does: [
    `every tag (${tags.tags} when the plan was made): its manifest and every blob of it are served from the new storage`,
    'a sample is pulled whole and hashed',
    'every replica says that it uses the new storage, and serves the marked image of ours',
    `if anything is missing, pushes stay refused until a person chooses: ${[
      'look again',
      ...(path === 'best-practice' ? ['destroy what is there and restore the final backup again'] : []),
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

export const closeWindow = ({ words }: Known): Step => ({
  id: 'close-window',
  title: 'Close the window: pushes are accepted again',
  does: [`${words.readOnly(false)}; prove it by a push through every replica`],
  undo: 'None needed',
  pushesRefused: true,
});

export const collectGarbage = ({ words, recipe }: Known, title: string): Step => ({
  id: 'collect-garbage',
  title,
  does: [words.collectGarbage],
  undo: null,
  pushesRefused: recipe.collectsReadOnly === true,
});

export const resumeCollection = ({ state, words }: Known): Step => ({
  id: 'resume-collection',
  title: 'Put the garbage collection schedule back',
  does: [words.resumeCollection(state.collection)],
  undo: 'None needed',
  pushesRefused: false,
});

export const report = (): Step => ({
  id: 'report',
  title: 'Write the report and the proof',
  does: ['report.html, report.md, report.json and proof.json in the journal'],
  undo: 'None needed',
  pushesRefused: false,
});
