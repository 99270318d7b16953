// How long a step that fails after the point of no return is tried again by itself, before a person is asked.

import { FIRST_PAUSE_MS } from '../operation/insist.ts';

/** Pushes are refused meanwhile, and servers and hosts come back. Those that wait themselves take most of it for waiting. */
const BY_ITSELF_MS = 15 * 60_000;
/** Of a step that takes longer than that: a moment's failure must not be a matter for a person. */
const LEAST_TRIES = 3;
/** Replicas follow a switch within seconds; one that was not made is not made by waiting, with pushes refused meanwhile. */
const TRIES_AT_THE_WRONG_STORAGE = 3;

/** The pause before the next try, doubling from two seconds; null: a person is asked. `sinceMs`: when the first one began. */
export function pauseBeforeNext({
  tries,
  sinceMs,
  nowMs,
  type,
}: {
  tries: number;
  sinceMs: number;
  nowMs: number;
  type: string;
}): number | null {
  if (type === 'WrongStorage' && tries >= TRIES_AT_THE_WRONG_STORAGE) return null;
  const pauseMs = FIRST_PAUSE_MS * 2 ** (tries - 1);
  const leftMs = BY_ITSELF_MS - (nowMs - sinceMs);
  if (tries < LEAST_TRIES) return pauseMs;
  return leftMs <= 0 ? null : Math.min(pauseMs, leftMs);
}
