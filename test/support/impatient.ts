// The patience of tests: as many tries as in production, and each wait a hundredth as long.

import { patienceWith } from '../../activities/concurrency/patience.ts';
import { pause } from '../../activities/concurrency/pause.ts';
import type { Opening } from '../../activities/storage/opening.ts';

const TIMES_FASTER = 100;

export const IMPATIENT = patienceWith((ms, signal) => pause(ms / TIMES_FASTER, signal));

/** What a storage without a host is opened with. */
export const openingOf = (resolveSecret: Opening['resolveSecret']): Opening => ({
  resolveSecret,
  openHost: () => Promise.reject(new Error('no host here')),
  patience: IMPATIENT,
});
