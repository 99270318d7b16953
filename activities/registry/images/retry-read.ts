// One part of one image cannot be read: is the registry ill, or this part damaged? A registry that is well but fails
// on the same part again and again has a damaged part, which must be reported and not be retried for ever.

import { TransshipError } from '../../../domain/transship-error.ts';
import { Tries } from '../../concurrency/patience.ts';
import type { ControlPlane } from '../control-plane.ts';

export const UNREADABLE = Symbol('unreadable');

/** `UNREADABLE` if the registry answers with an error again and again although it is well, or refuses. */
export async function retryRead<Result>(
  registry: Pick<ControlPlane, 'ping' | 'meter'>,
  run: () => Promise<Result>,
): Promise<Result | typeof UNREADABLE> {
  const { meter } = registry;
  const tries = new Tries(meter.patience.image);
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      if (error.type === 'RegistryRefused') return UNREADABLE;
      if (error.type !== 'RegistryUnhealthy') throw error;
      if (tries.isLast) {
        if ((await registry.ping()) !== undefined) throw error;
        return UNREADABLE;
      }
      await tries.next(meter.signal);
    }
  }
}
