// What must happen is never given up: the way out of a dangerous state, and every step after the point of no return.
// Neither cancellation ends it nor an error that no retry policy would repeat, because only a person can mend a wrong
// password or a full disk, and meanwhile the registry stays as it is. What is wrong is shown on the board.

import { CancellationScope, sleep } from '@temporalio/workflow';
import { reasonOf } from './failure.ts';
import type { StatusBoard } from './status-board.ts';

const FIRST_PAUSE_MS = 15_000;
/** Long enough that weeks of waiting do not fill the history. */
const LONGEST_PAUSE_MS = 600_000;

export function insist<T>(board: StatusBoard, action: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(async () => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const result = await action();
        board.status.problem = null;
        return result;
      } catch (error) {
        const { type, message } = reasonOf(error);
        board.status.problem = `${type}: ${message}`;
        board.refresh();
        await sleep(pauseMs, { summary: 'before it is tried again' });
      }
    }
  });
}
