// What goes wrong after the point of no return. It is tried again for a while, because servers and hosts come back; then a
// person chooses between the ways that the plan printed, with the registry read-only meanwhile. No way is taken by itself
// unless the policy of the inventory says so, and none leads back over pushes that were accepted since.

import { sleep } from '@temporalio/workflow';
import { failure, isRetryable, reasonOf } from '../operation/failure.ts';
import { FIRST_PAUSE_MS, longer } from '../operation/insist.ts';
import type { Migration } from './migration-state.ts';

/** A way that a person can choose. `go` null: what failed is done again. */
export type Way = { id: string; title: string; go: (() => Promise<void>) | null };

/** Pauses from two seconds on: about half an hour together. */
const TRIES_BY_ITSELF = 10;
/** Replicas follow a switch within seconds; one that was not made is not made by waiting, with pushes refused meanwhile. */
const TRIES_AT_THE_WRONG_STORAGE = 3;

export const tryAgain: Way = { id: 'try-again', title: 'do it again, when it is mended', go: null };

/** Ends the migration and leaves the registry as it is. */
export const stayReadOnly = (migration: Migration): Way => ({
  id: 'stay-read-only',
  title: 'end here, read-only, to mend it by hand',
  go: async () => {
    migration.leftReadOnly = true;
    throw failure(
      'LeftReadOnly',
      `The migration of ${migration.subject.registry} ended by a person's decision; the registry is read-only.`,
    );
  },
});

/** Returns the result of `action`, or false when a way was chosen that makes it needless. */
export async function persist<T>(
  migration: Migration,
  action: () => Promise<T>,
  ways: () => Way[] = () => [],
): Promise<T | false> {
  const trouble = migration.board.openProblem();
  try {
    let pauseMs = FIRST_PAUSE_MS;
    for (let tries = 1; ; tries += 1) {
      try {
        return await action();
      } catch (error) {
        const { type, message } = reasonOf(error);
        trouble.is(`${type}: ${message}`);
        const most = type === 'WrongStorage' ? TRIES_AT_THE_WRONG_STORAGE : TRIES_BY_ITSELF;
        if (isRetryable(type) && tries % most !== 0) {
          await sleep(pauseMs, { summary: 'before it is tried again' });
          pauseMs = longer(pauseMs);
          continue;
        }
        const way = await choose(migration, message, [tryAgain, ...ways(), stayReadOnly(migration)]);
        pauseMs = FIRST_PAUSE_MS;
        if (way.go === null) continue;
        await way.go();
        return false;
      }
    }
  } finally {
    trouble.end();
  }
}

/** Asks until somebody chooses; the first way where the policy asks nobody. */
export async function choose(migration: Migration, problem: string, ways: Way[]): Promise<Way> {
  const { approvals, plan, subject } = migration;
  const text = [
    problem,
    '',
    `${subject.registry} stays read-only until somebody chooses:`,
    '',
    ...ways.map(({ id, title }) => `- \`${id}\`: ${title}`),
  ].join('\n');
  const choices = ways.map(({ id }) => id);
  for (;;) {
    const choice = await approvals.choose('recovery', plan.digest, text, choices);
    const way = ways.find(({ id }) => id === choice);
    if (way !== undefined) return way;
  }
}
