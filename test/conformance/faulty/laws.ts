// No silent damage, ever: the law as functions that name every breach of it.

import { fixedContent } from '../../../domain/storage/content-address.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { persistently, type PassOutcome } from '../engine.ts';
import { digestsOf, type Tree } from './registry-tree.ts';

/** Done as asked, or refused with an error that says so; anything else is thrown. */
export type Outcome<T> = { done: T } | { failed: TransshipError };

/** SHA-256 by key. */
export type Digests = Record<string, string>;

export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: await persistently(work) };
  } catch (error) {
    if (error instanceof TransshipError) return { failed: error };
    throw error;
  }
}

/** What is said to be copied is at the destination, and nothing wrong is, whatever was said. */
export function breachesAtDestination(outcome: Outcome<PassOutcome>, there: Digests, tree: Tree): string[] {
  const right = digestsOf(tree);
  const wrong = wrongIn(there, right).map((key) => `${key} is wrong`);
  if ('failed' in outcome) return wrong;
  return [
    ...wrong,
    ...Object.keys(right).flatMap((key) => (key in there ? [] : [`${key} is missing`])),
    ...outcome.done.results.flatMap((result) => {
      if (!('sha256' in result)) return [`${result.key} was not copied: ${JSON.stringify(result)}`];
      return result.sha256 === right[result.key] ? [] : [`${result.key} was proved with a wrong digest`];
    }),
  ];
}

/**
 * Nothing wrong arrives, and nothing is taken for gone. `untold`: the fault changes answers, and the server tells no
 * digests, so that an object whose key tells none either may be wrong. No client could know.
 */
export function breachesFromSource(
  outcome: Outcome<PassOutcome>,
  there: Digests,
  tree: Tree,
  { changesAnswers, untold }: { changesAnswers: boolean; untold: boolean },
): string[] {
  const right = digestsOf(tree);
  const wrong = wrongIn(there, right)
    .filter((key) => !untold || fixedContent(key) !== undefined)
    .map((key) => `${key} is wrong`);
  if ('failed' in outcome) return wrong;
  const named = outcome.done.results.filter((result) => 'damaged' in result).map(({ key }) => key);
  return [
    ...wrong,
    ...Object.keys(right).flatMap((key) =>
      key in there || named.includes(key) ? [] : [`${key} is missing, and nobody says so`],
    ),
    ...outcome.done.results.flatMap((result) => {
      if ('vanished' in result) return [`${result.key} is taken for gone`];
      // What could not be read in several tries is named; what was read is what is there.
      const lied = 'damaged' in result && !changesAnswers && result.damaged.actual !== 'unreadable';
      return lied ? [`${result.key} is taken for damaged`] : [];
    }),
  ];
}

/** Done means exactly `expected`; a failure may have left everything as it was before. */
export function breachesOf<T>(what: string, outcome: Outcome<T>, expected: T): string[] {
  if ('failed' in outcome) return [];
  const [found, wanted] = [JSON.stringify(outcome.done), JSON.stringify(expected)];
  return found === wanted ? [] : [`${what}: ${found} instead of ${wanted}`];
}

const wrongIn = (there: Digests, right: Digests): string[] =>
  Object.entries(there).flatMap(([key, digest]) => (right[key] === digest ? [] : [key]));
