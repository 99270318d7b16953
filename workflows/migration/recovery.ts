// What goes wrong after the point of no return. It is tried again for a while, because servers and hosts come back; then a
// person chooses between the ways that the plan printed, with the registry read-only meanwhile. No way is taken by itself
// unless the policy of the inventory says so, and none leads back over pushes that were accepted since.

import { sleep } from '@temporalio/workflow';
import { failure, isRetryable, reasonOf } from '../operation/failure.ts';
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, longer } from '../operation/insist.ts';
import { pauseBeforeNext } from './by-itself.ts';
import type { Migration } from './migration-state.ts';

/**
 * A way that a person can choose. `go` ends with `again` when what failed is to be done once more, and with `done` when it
 * need not be; with a sentence when this way cannot be gone, and then another is asked for. It throws what ends the migration.
 */
export type Way = { id: string; title: string; go: () => Promise<'again' | 'done' | { not: string }> };

export const again = (id: string, title: string): Way => ({ id, title, go: async () => 'again' });

/** Ends the migration and leaves the registry as it is. */
export const stayReadOnly = (migration: Migration): Way => ({
  id: 'stay-read-only',
  title: 'end here, read-only, to mend it by hand',
  go: async () => {
    migration.leftReadOnly = true;
    migration.left.push(...leftReadOnly(migration));
    throw failure(
      'LeftReadOnly',
      `The migration of ${migration.subject.registry} ended by a person's decision; the registry is read-only.`,
    );
  },
});

/** For whoever verifies the storage later. */
export const markLeft = ({ subject, canaries }: Migration): string =>
  `${canaries.map(({ key }) => key).join(', ')} at ${subject.destination} ${canaries.length === 1 ? 'holds' : 'hold'} other bytes than the name says, on purpose: it is an image of ours in the canary repository. The next run on this registry puts it right.`;

const leftReadOnly = (migration: Migration): string[] => {
  const { subject, marked } = migration;
  return [
    `${subject.registry} is read-only. Ask it where its content is (${subject.source} before, ${subject.destination} if the switch was made), mend it, and turn read-only off by hand.`,
    ...(marked ? [markLeft(migration)] : []),
  ];
};

/**
 * Returns the result of `action`, or null when a way was chosen that makes it needless. What is otherwise done once is done
 * again when a person wants it: `attempt` of the migration is another one then.
 */
export async function persist<T>(
  migration: Migration,
  action: () => Promise<T>,
  ways: Way[] = [],
): Promise<{ result: T } | null> {
  const trouble = migration.board.openProblem();
  try {
    let sinceMs = Date.now();
    for (let tries = 1; ; tries += 1) {
      try {
        return { result: await action() };
      } catch (error) {
        const { type, message } = reasonOf(error);
        trouble.is(`${type}: ${message}`);
        const pauseMs = pauseBeforeNext({ tries, sinceMs, nowMs: Date.now(), type });
        if (isRetryable(type) && pauseMs !== null) {
          await sleep(pauseMs, { summary: 'before it is tried again' });
          continue;
        }
        const tryAgain = again('try-again', 'do it again, when it is mended');
        // The question says it from here on
        trouble.end();
        const offered = [tryAgain, ...ways, stayReadOnly(migration)];
        if ((await choose(migration, `${type}: ${message}`, offered)) === 'done') return null;
        migration.attempt += 1;
        tries = 0;
        sinceMs = Date.now();
      }
    }
  } finally {
    trouble.end();
  }
}

/** Asks until somebody chooses a way that can be gone; the first one where the policy asks nobody. */
export async function choose(migration: Migration, problem: string, ways: Way[]): Promise<'again' | 'done'> {
  const { approvals, plan, subject } = migration;
  const choices = ways.map(({ id }) => id);
  let why = problem;
  let pauseMs = FIRST_PAUSE_MS;
  const trouble = migration.board.openProblem();
  try {
    for (;;) {
      trouble.is(why);
      const text = [
        why,
        '',
        `${subject.registry} stays read-only until somebody chooses:`,
        '',
        ...ways.map(({ id, title }) => `- \`${id}\`: ${title}`),
      ].join('\n');
      const chosen = await approvals.choose('recovery', plan.digest, text, choices);
      // Where nobody is asked nobody mends anything in between
      if (chosen?.by === null) await sleep(LONGEST_PAUSE_MS, { summary: 'before it is tried again' });
      // However short the policy's time is, a history does not fill with questions
      if (chosen === null) {
        await sleep(pauseMs, { summary: 'before it is asked again' });
        pauseMs = longer(pauseMs);
      }
      const outcome = await ways.find(({ id }) => id === chosen?.choice)?.go();
      if (outcome === 'again' || outcome === 'done') return outcome;
      if (outcome !== undefined) why = `${outcome.not} ${problem}`;
    }
  } finally {
    trouble.end();
  }
}
