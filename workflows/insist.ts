// The way out of a dangerous state is never given up: not by cancellation, and not by an error that no retry policy
// would repeat (a wrong password is mended by a person while this waits). What is wrong is shown on the board.

import { CancellationScope, sleep } from '@temporalio/workflow';
import { reasonOf } from './failure.ts';
import type { StatusBoard } from './status-board.ts';

const PAUSE = '15s';

export function insist<T>(board: StatusBoard, action: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      try {
        const result = await action();
        board.status.problem = null;
        return result;
      } catch (error) {
        const { type, message } = reasonOf(error);
        board.status.problem = `${type}: ${message}`;
        board.refresh();
        await sleep(PAUSE, { summary: 'before the way out is tried again' });
      }
    }
  });
}
