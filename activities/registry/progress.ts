// Heartbeats while an activity talks to a registry: on a timer, so that a slow answer is not taken for a dead worker,
// and only as long as something has moved lately, so that an activity that hangs is found out.

import { heartbeat } from '@temporalio/activity';

const HEARTBEAT_INTERVAL_MS = 1_000;
/** Longer than any request may be silent, and than the journal needs to store a long list. */
const MAX_SILENCE_MS = 300_000;

export class Progress {
  /** What a person sees in the activity's heartbeat details: counts, and what is waited for. */
  readonly details: Record<string, string | number> = {};
  #lastMovedMs = Date.now();

  /** Called whenever bytes arrive. */
  touch = (): void => {
    this.#lastMovedMs = Date.now();
  };

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const timer = setInterval(() => {
      if (Date.now() - this.#lastMovedMs < MAX_SILENCE_MS) heartbeat({ ...this.details });
    }, HEARTBEAT_INTERVAL_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }
}
