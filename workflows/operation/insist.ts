// What must happen is never given up: the way out of a dangerous state. Neither cancellation ends it nor an error that no
// retry policy would repeat, because only a person can mend a wrong password or a full disk, and meanwhile the registry
// stays as it is. What is wrong is shown on the board, of several at once each for itself: the activities that are
// insisted on try a few times and then say why.

import { CancellationScope, sleep } from '@temporalio/workflow';
import { reasonOf } from './failure.ts';
import type { StatusBoard } from './status-board.ts';

export const FIRST_PAUSE_MS = 2_000;
/** Long enough that weeks of waiting do not fill the history. */
export const LONGEST_PAUSE_MS = 600_000;

export function insist<T>(board: StatusBoard, action: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(async () => {
    const trouble = board.openProblem();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = longer(pauseMs)) {
      try {
        const result = await action();
        trouble.end();
        return result;
      } catch (error) {
        const { type, message } = reasonOf(error);
        trouble.is(`${type}: ${message}`);
        await sleep(pauseMs, { summary: 'before it is tried again' });
      }
    }
  });
}

/** The next pause of a series. */
export const longer = (pauseMs: number): number => Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
