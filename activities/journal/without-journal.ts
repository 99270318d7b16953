// What must not wait for the journal, because the way out of a dangerous state is longer than it is away.

import { pause } from '../concurrency/pause.ts';

/** Longer than a storage that is well needs for one small file. */
const JOURNAL_PATIENCE_MS = 30_000;

/** undefined where the journal fails, or does not answer. */
export async function withoutJournal<T>(work: () => Promise<T>): Promise<T | undefined> {
  const end = new AbortController();
  const late = pause(JOURNAL_PATIENCE_MS, end.signal).then(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([work(), late]);
  } catch {
    return undefined;
  } finally {
    end.abort();
  }
}
