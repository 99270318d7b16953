// The one way to try again what failed. It hides a closed keep-alive connection or a moment of too many requests; what
// lasts longer is for Temporal to show.

import { Tries, type Waits } from './patience.ts';

/** How an error asks to be tried again; undefined: it does not. `afterMs`: the service's Retry-After. */
export type AskedDelay = { afterMs: number | undefined } | undefined;

/** `send` must be able to send all of its request again. Rejects with the reason of the signal when that is aborted. */
export async function retry<T>(
  send: () => Promise<T>,
  delayAsked: (error: unknown) => AskedDelay,
  waits: Waits,
  signal: AbortSignal | undefined,
): Promise<T> {
  const tries = new Tries(waits);
  for (;;) {
    try {
      return await send();
    } catch (error) {
      signal?.throwIfAborted();
      const asked = tries.isLast ? undefined : delayAsked(error);
      // A service that wants more is left alone: the failure goes up.
      if (asked === undefined || (asked.afterMs ?? 0) > waits.mostMs) throw error;
      await tries.next(signal, asked.afterMs);
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
