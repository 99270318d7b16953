// The time in which the registry refuses pushes, after the model of Temporal's own namespace handover: the way out is
// registered before the way in, runs whatever happens (failure, cancellation, a spent budget) and is tried for ever.
// Until the point of no return everything can be undone within a budget of time; after it nothing interrupts.

import { CancellationScope, CancelledFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { ReplicaAnswer } from '../../contracts/registry-activities.ts';
import { formatDuration } from '../../domain/duration.ts';
import { inWindow, mustHappen } from './activity-profiles.ts';
import { failure } from './failure.ts';
import { insist } from './insist.ts';
import type { StatusBoard } from './status-board.ts';

export type MaintenanceWindow = {
  registry: string;
  budgetMs: number;
  board: StatusBoard;
  /** Runs when every replica was seen to refuse a push. Changes nothing that users see; may be cut short. */
  prepare: () => Promise<void>;
  /**
   * The change itself, where it can be tried until it is taken: must not be cut short while it is tried, and may be in
   * between as long as nothing has changed. Returns at the point of no return.
   */
  attempt?: () => Promise<void>;
  /** From the point of no return on: cancellation and the budget no longer interrupt. */
  commit: () => Promise<void>;
  /** What else must come back when it ends without a change; runs beside the way out and not behind it. */
  comeBack: () => Promise<void>;
  /** A person has decided that the registry stays as it is. */
  staysReadOnly: () => boolean;
  /** Replicas that were given up by then: what still uses another storage must not take pushes. */
  without: () => string[];
};

/** The pushes that proved read-only on every replica. */
export async function maintenanceWindow(window: MaintenanceWindow): Promise<ReplicaAnswer[]> {
  const { registry, budgetMs, board } = window;
  const { status } = board;
  status.window = { openedAt: new Date().toISOString(), closedAt: null, budgetMs };
  let committed = false;
  try {
    const refusedPushes = await withinBudget(
      {
        budgetMs,
        spent: `The window of ${registry} was not ready for the point of no return within ${formatDuration(budgetMs)}; it was undone.`,
      },
      async () => {
        await inWindow.setReadOnly({ registry, readOnly: true });
        const refused = await inWindow.proveReadOnly({ registry });
        await window.prepare();
        return refused;
      },
      window.attempt,
    );
    committed = true;
    await CancellationScope.nonCancellable(window.commit);
    return refusedPushes;
  } finally {
    if (!window.staysReadOnly())
      await Promise.all([openAgain(window), ...(committed ? [] : [window.comeBack()])]);
  }
}

async function openAgain({ registry, board, without }: MaintenanceWindow): Promise<void> {
  await acceptPushes({ registry, without: without() }, board);
  board.status.window.closedAt = new Date().toISOString();
  board.refresh();
}

/** The way out, tried until it succeeds. The status says of which replicas it is not known whether they take pushes. */
export async function acceptPushes(
  asked: { registry: string; without: string[] },
  board: StatusBoard,
  { afterCollection = false }: { afterCollection?: boolean } = {},
): Promise<void> {
  await insist(board, () => mustHappen.setReadOnly({ ...asked, readOnly: false, afterCollection }));
  const answers = await insist(board, () => mustHappen.proveWritable(asked));
  const unproved = answers.flatMap(({ replica, problem }) =>
    problem === undefined ? [] : [`${replica}: ${problem}`],
  );
  if (unproved.length > 0) board.status.window.unproved = unproved;
}

/** `WindowBudgetSpent`, in these words, when time runs out; what `body` or `last` had begun has ended by then. */
export async function withinBudget<T>(
  { budgetMs, spent: words }: { budgetMs: number; spent: string },
  body: () => Promise<T>,
  last: () => Promise<void> = async () => undefined,
): Promise<T> {
  let spent = false;
  try {
    return await CancellationScope.cancellable(async () => {
      const work = CancellationScope.current();
      const timer = new CancellationScope();
      // Caught where it is made: a cancellation from outside ends the timer while the body is still ending.
      const budget = timer
        .run(async () => {
          await sleep(budgetMs, { summary: 'budget of the window' });
          spent = true;
          work.cancel();
        })
        .catch(ignoreCancellation);
      try {
        const result = await body();
        // A cancellation that came with the last answer is one, too: nothing irreversible has been done yet.
        if (work.consideredCancelled) throw new CancelledFailure('cancelled before the point of no return');
        // What comes with the last answer of this one comes too late.
        await last();
        return result;
      } finally {
        timer.cancel();
        await budget;
      }
    });
  } catch (error) {
    if (spent && isCancellation(error)) throw failure('WindowBudgetSpent', words);
    throw error;
  }
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
