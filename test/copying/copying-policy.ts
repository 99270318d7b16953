// How hard the worker of a test may copy: what an inventory says that does not mention it.

import type { CopyingPolicy } from '../../contracts/inventory.ts';

export const DEFAULT_COPYING: CopyingPolicy = {
  concurrency: { min: 1, max: 64 },
  bandwidth: null,
  timetable: [],
  timezone: 'UTC',
  yieldAtSlowdown: 2,
};
