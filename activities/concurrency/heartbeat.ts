// Lets long work be seen and be cancelled. A timer sends the heartbeats, so that one large object or one slow answer
// does not starve them; but only while something moves, so that work that hangs is ended by Temporal and tried again.

import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Patience } from './patience.ts';

/** A dead worker is noticed within 5 s inside the window (workflows/operation/activity-profiles.ts). */
const HEARTBEAT_INTERVAL_MS = 1000;
/** Longer than any answer of a healthy server takes, e.g. hashing a large object on its host. */
const STALL_LIMIT_MS = 15 * 60 * 1000;
/** For the one thing that takes longer: a host that lists tens of millions of files says nothing until the end. */
const PATIENT_STALL_LIMIT_MS = 4 * 60 * 60 * 1000;

export type Meter = {
  readonly signal: AbortSignal;
  readonly patience: Patience;
  /** The last details of the attempt before this one. They may be of another version of Transship, or none. */
  readonly previous?: unknown;
  /** Something moved. `details` replace those that the next attempt will find. */
  moved(details?: unknown): void;
  /** Waits for a healthy answer that can take hours, e.g. the start of a listing, over a channel that is watched. */
  patiently<T>(work: Promise<T>): Promise<T>;
};

/** Rejects with the reason of the cancellation, whatever error that caused in the work. */
export async function withHeartbeat<T>(
  { patience }: { patience: Patience },
  work: (meter: Meter) => Promise<T>,
): Promise<T> {
  const signal = cancellationSignal();
  // Of the attempt before, until this one has some: they would be lost with one that is killed at its start.
  let details: unknown = activityInfo().heartbeatDetails;
  let lastMove = Date.now();
  let patient = 0;
  const timer = setInterval(() => {
    const limit = patient > 0 ? PATIENT_STALL_LIMIT_MS : STALL_LIMIT_MS;
    if (Date.now() - lastMove < limit) heartbeat(details);
  }, HEARTBEAT_INTERVAL_MS);
  try {
    return await work({
      signal,
      patience,
      previous: activityInfo().heartbeatDetails as unknown,
      moved(news) {
        lastMove = Date.now();
        if (news === undefined) return;
        details = news;
        heartbeat(details);
      },
      async patiently(waited) {
        patient += 1;
        try {
          return await waited;
        } finally {
          patient -= 1;
          lastMove = Date.now();
        }
      },
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    clearInterval(timer);
  }
}
