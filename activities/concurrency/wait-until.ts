// The one way to wait for the registry: look, say what is missing, sleep, look again. There is no time limit here; the
// activity's own timeout and its cancellation end a wait.

import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from './heartbeat.ts';
import { Tries } from './patience.ts';

/**
 * `look` tells what is still missing, or undefined when there is nothing to wait for. A registry that does not answer
 * is something to wait for; every other error ends the wait.
 */
export async function waitUntil(meter: Meter, look: () => Promise<string | undefined>): Promise<void> {
  const looks = new Tries(meter.patience.registry);
  for (;;) {
    const missing = await look().catch(unhealthyIsMissing);
    if (missing === undefined) return;
    meter.moved({ waitingFor: missing });
    await looks.next(meter.signal);
  }
}

/** What is missing when a registry does not answer; every other error is thrown again. */
export function unhealthyIsMissing(error: unknown): string {
  if (error instanceof TransshipError && error.type === 'RegistryUnhealthy') return error.message;
  throw error;
}
