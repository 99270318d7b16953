// What every procedure is to the people who started it: a board that they look at, a gate that asks them, and an ending
// that says how it ended, with a report for every ending once there is something to report.

import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { OperationStatus } from '../../contracts/operation.ts';
import { type ApprovalGate, createApprovalGate } from './approval-gate.ts';
import { createAuditTrail } from './audit-trail.ts';
import { endedByMistakes, reasonOf } from './failure.ts';
import { createPauses, type Pauses } from './pauses.ts';
import { createStatusBoard, type StatusBoard, unnumbered } from './status-board.ts';

export type Operation<Details, Topic extends string> = {
  board: StatusBoard<Details>;
  approvals: ApprovalGate<Topic>;
  pauses: Pauses;
};

const ENDED = 'The operation has ended.';

/** `carryOut` returns the result, and in a few words how it ended. */
export async function runOperation<Details, Topic extends string, Result>(
  shown: Pick<OperationStatus<Details>, 'kind' | 'subject' | 'title' | 'details'>,
  carryOut: (operation: Operation<Details, Topic>) => Promise<{ result: Result; ended: string }>,
): Promise<Result> {
  const board = createStatusBoard(shown);
  const trail = createAuditTrail(board.status.audit, () => new Date().toISOString());
  const approvals = createApprovalGate<Topic>(board, trail);
  const pauses = createPauses(board, trail);
  try {
    const { result, ended } = await endedByMistakes(() => carryOut({ board, approvals, pauses }));
    pauses.refuse(ENDED);
    board.enter('done', unnumbered('done', ended));
    return result;
  } catch (error) {
    pauses.refuse(ENDED);
    board.enter(
      'failed',
      unnumbered('failed', isCancellation(error) ? 'Cancelled' : reasonOf(error).message),
    );
    throw error;
  }
}

/** The report of `body`, written whatever its ending: `write` is told the error, or null. */
export async function withReport<Report>(
  body: () => Promise<void>,
  write: (error: unknown) => Promise<Report>,
): Promise<Report> {
  try {
    await body();
    return await CancellationScope.nonCancellable(() => write(null));
  } catch (error) {
    await CancellationScope.nonCancellable(() => write(error));
    throw error;
  }
}
