// The one way to wait for the registry: look, say what is missing, sleep, look again. A wait ends after a while with what is
// missing as its error, so that people hear of it; whoever wants to wait longer tries again.

import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from './heartbeat.ts';
import { Tries } from './patience.ts';

/** Longer than replicas need to take a setting over. */
const LONGEST_WAIT_MS = 60_000;

/**
 * `look` tells what is still missing, or undefined when there is nothing to wait for. A registry that does not answer
 * is something to wait for; every other error ends the wait. `RegistryUnhealthy` after a minute.
 */
export async function waitUntil(meter: Meter, look: () => Promise<string | undefined>): Promise<void> {
  const looks = new Tries(meter.patience.registry);
  const endMs = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const missing = await look().catch(unhealthyIsMissing);
    if (missing === undefined) return;
    meter.moved({ waitingFor: missing });
    if (Date.now() > endMs)
      throw new TransshipError('RegistryUnhealthy', `Waited ${LONGEST_WAIT_MS / 1000} s for ${missing}.`);
    await looks.next(meter.signal);
  }
}

/** What is missing when a registry does not answer; every other error is thrown again. */
export function unhealthyIsMissing(error: unknown): string {
  if (error instanceof TransshipError && error.type === 'RegistryUnhealthy') return error.message;
  throw error;
}
