// One part of one image cannot be read: is the registry ill, is it busy, or is this part damaged? A server that asks for
// patience gets it. A registry that is well but fails on the same part again and again has a damaged part, which must be
// reported and not be retried for ever.

import { TransshipError } from '../../../domain/transship-error.ts';
import { Tries } from '../../concurrency/patience.ts';
import type { ControlPlane } from '../control-plane.ts';

export const UNREADABLE = Symbol('unreadable');

/** Of a load balancer without a server, or of a server with too much to do: they say nothing of the part. */
const BUSY = new Set<unknown>([429, 502, 503, 504]);

/** `UNREADABLE` if the registry answers with an error again and again although it is well, or refuses. */
export async function retryRead<Result>(
  registry: Pick<ControlPlane, 'ping' | 'meter'>,
  run: () => Promise<Result>,
): Promise<Result | typeof UNREADABLE> {
  const { meter } = registry;
  const failing = new Tries(meter.patience.image);
  const busy = new Tries(meter.patience.throttled);
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      if (error.type === 'RegistryRefused') return UNREADABLE;
      if (error.type !== 'RegistryUnhealthy') throw error;
      const { status, retryAfterMs } = error.details;
      const tries = status === undefined || BUSY.has(status) ? busy : failing;
      if (tries.isLast) {
        if ((await registry.ping()) !== undefined) throw error;
        return UNREADABLE;
      }
      await tries.next(meter.signal, typeof retryAfterMs === 'number' ? retryAfterMs : 0);
      meter.moved();
    }
  }
}
