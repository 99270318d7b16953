// When objects of a service were written last, asked for one by one. A time that is not told is no time: whoever asks
// decides by it what is removed.

import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { TransshipError } from '../../domain/transship-error.ts';

const ASKED_AT_ONCE = 32;

/** `ask` answers with what the service says, a date in any form or milliseconds; undefined: there is no such object. */
export async function writtenEach(
  describe: string,
  keys: string[],
  ask: (key: string) => Promise<{ at: Date | string | number | undefined } | undefined>,
): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  await forEachBounded(keys, ASKED_AT_ONCE, async (key) => {
    const answer = await ask(key);
    if (answer === undefined) return;
    const at = new Date(answer.at ?? '').getTime();
    if (Number.isNaN(at))
      throw new TransshipError('StorageUnavailable', `${describe} does not tell when ${key} was written`, {
        key,
      });
    times.set(key, at);
  });
  return times;
}
