// A few tries hide a closed keep-alive connection or a moment of too many requests; what lasts longer is for Temporal
// to show.

import { setTimeout as sleep } from 'node:timers/promises';

const MAX_TRIES = 3;
const FIRST_DELAY_MS = 200;
/** A service that wants more than this is left alone: the failure goes up. */
const LONGEST_DELAY_MS = 5_000;

/** How an error asks to be tried again; undefined: it does not. `afterMs`: the service's Retry-After. */
export type AskedDelay = { afterMs: number | undefined } | undefined;

/** `send` must be able to send all of its request again. */
export async function triedAgain<T>(
  send: () => Promise<T>,
  delayAsked: (error: unknown) => AskedDelay,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send();
    } catch (error) {
      const asked = signal?.aborted || tries >= MAX_TRIES ? undefined : delayAsked(error);
      if (asked === undefined) throw error;
      const delay = asked.afterMs ?? FIRST_DELAY_MS * 2 ** (tries - 1) * (0.5 + Math.random());
      if (delay > LONGEST_DELAY_MS) throw error;
      await sleep(delay, undefined, signal && { signal });
    }
  }
}

/** Milliseconds of a Retry-After header, which names seconds or a date. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  const seconds = Number(header);
  const delay = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}
