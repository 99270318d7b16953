// A person may hold an operation while what it works on is in use, and let it go on. A pause interrupts nothing: what runs is
// finished first, and the next step, or the next list of a pass, does not begin. Whoever must not be held refuses pauses, and
// says why: in the window its budget and its way out rule. A pause is state of the workflow, so it outlives every worker.

import { condition, isCancellation } from '@temporalio/workflow';
import { SIGNALS, UPDATES } from '../../contracts/names.ts';
import type { PauseAnswer, PauseRequest } from '../../contracts/operation.ts';
import type { AuditTrail } from './audit-trail.ts';
import { namesNobody, pauseRequestOf } from './decision.ts';
import { failure } from './failure.ts';
import { onSignal, onUpdate } from './handlers.ts';
import type { StatusBoard } from './status-board.ts';

/** Each stands in the audit trail, which may not grow without end. */
const MAX_PAUSES = 50;

export type Pauses = {
  isPaused(this: void): boolean;
  /** Between two steps: returns at once, or when somebody resumes. A cancellation ends the pause, and is thrown. */
  here(): Promise<void>;
  /** The same where nothing can be undone any more: a cancellation ends the pause, and nothing else. */
  hereGoingForward(): Promise<void>;
  /** Ends a pause, and refuses others for this reason until the returned function is called. */
  refuse(why: string): () => void;
};

type Wish = 'pause' | 'resume';

export function createPauses(board: StatusBoard, trail: AuditTrail): Pauses {
  const { status } = board;
  let refusal: string | null = null;
  let times = 0;
  let holding = false;
  const isPaused = (): boolean => status.paused != null;

  /** Why it cannot be, or undefined. Going on is never refused, and what stands already is no matter. */
  const objection = (wish: Wish, request: PauseRequest): string | undefined => {
    if (namesNobody(request)) return `It is not said who wants to ${wish} (\`by\`).`;
    if (wish === 'resume' || isPaused()) return undefined;
    if (refusal !== null) return refusal;
    return times < MAX_PAUSES
      ? undefined
      : `It was paused ${MAX_PAUSES} times already, which is enough: cancel it instead.`;
  };

  const take = (wish: Wish, { by, reason }: PauseRequest, channel: 'signal' | 'update'): PauseAnswer => {
    if ((wish === 'pause') === isPaused()) return { paused: status.paused! };
    trail.record({
      question: '',
      planDigest: status.planDigest ?? '',
      event: wish === 'pause' ? 'paused' : 'resumed',
      by,
      channel,
      ...(reason !== undefined && { comment: reason }),
    });
    if (wish === 'pause') times += 1;
    const at = new Date().toISOString();
    board.setPaused(
      wish === 'pause' ? { by, at, ...(reason !== undefined && { reason }), holds: holding } : null,
    );
    return { paused: status.paused! };
  };

  const listen = (wish: Wish, description: string): void => {
    onSignal(SIGNALS[wish], description, (argument) => {
      const request = pauseRequestOf(argument);
      const why = objection(wish, request);
      if (why === undefined) {
        take(wish, request, 'signal');
        return;
      }
      const { by, reason: comment } = request;
      trail.record({
        question: '',
        planDigest: '',
        event: 'refused',
        by,
        channel: 'signal',
        ...(comment !== undefined && { comment }),
        reason: why,
      });
      board.refresh();
    });
    onUpdate(UPDATES[wish], description, {
      check(argument) {
        const why = objection(wish, pauseRequestOf(argument));
        if (why !== undefined) throw failure('PauseRefused', why);
      },
      take: (argument) => take(wish, pauseRequestOf(argument), 'update'),
    });
  };
  listen('pause', 'Begin no further step, and no further list of a pass, until it is resumed');
  listen('resume', 'Go on after a pause');

  const pauses: Pauses = {
    isPaused,

    async here() {
      if (!status.paused) return;
      holding = true;
      board.setPaused({ ...status.paused, holds: true });
      try {
        await condition(() => !isPaused());
      } catch (error) {
        board.setPaused(null);
        throw error;
      } finally {
        holding = false;
      }
    },

    async hereGoingForward() {
      try {
        await pauses.here();
      } catch (error) {
        if (!isCancellation(error)) throw error;
      }
    },

    refuse(why) {
      if (isPaused()) board.setPaused(null);
      refusal = why;
      return () => {
        refusal = null;
      };
    },
  };
  return pauses;
}
