// Lets long work be seen and be cancelled. A timer sends the heartbeats, so that one large object or one slow answer
// does not starve them; but only while something moves, so that work that hangs is ended by Temporal and tried again.

import { cancellationSignal, heartbeat } from '@temporalio/activity';

/** A dead worker is noticed within 5 s inside the window (workflows/activity-profiles.ts). */
const HEARTBEAT_INTERVAL_MS = 1000;
/** Longer than any answer of a healthy server takes, e.g. hashing a large object on its host. */
const STALL_LIMIT_MS = 15 * 60 * 1000;

export type Progress = {
  readonly signal: AbortSignal;
  /** Something moved. `details` replace those that the next attempt will find. */
  moved(details?: unknown): void;
};

/** Rejects with the reason of the cancellation, whatever error that caused in the work. */
export async function withHeartbeat<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const signal = cancellationSignal();
  let details: unknown;
  let lastMove = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - lastMove < STALL_LIMIT_MS) heartbeat(details);
  }, HEARTBEAT_INTERVAL_MS);
  try {
    return await work({
      signal,
      moved(news) {
        lastMove = Date.now();
        if (news === undefined) return;
        details = news;
        heartbeat(details);
      },
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    clearInterval(timer);
  }
}
