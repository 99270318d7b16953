// One part of one image cannot be read: is the registry ill, or this part damaged? A registry that is well but fails
// on the same part again and again has a damaged part, which must be reported and not be retried for ever.

import { sleep } from '@temporalio/activity';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Registry } from '../open-registry.ts';

const ATTEMPTS = 3;
const PAUSE_MS = 500;

export const UNREADABLE = Symbol('unreadable');

/** `UNREADABLE` if the registry answers with an error again and again although it is well, or refuses. */
export async function retryRead<Result>(
  { api }: Registry,
  run: () => Promise<Result>,
): Promise<Result | typeof UNREADABLE> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      if (error.type === 'RegistryRefused') return UNREADABLE;
      if (error.type !== 'RegistryUnhealthy') throw error;
      if (attempt === ATTEMPTS) {
        if ((await api.ping()) !== undefined) throw error;
        return UNREADABLE;
      }
      await sleep(PAUSE_MS);
    }
  }
}
