// The meter of work that runs in a process of its own instead of in an activity: the same functions, without
// Temporal. Whoever shows the progress gets what would have been the details of a heartbeat.

import type { Meter } from './heartbeat.ts';
import type { Patience } from './patience.ts';

export function inProcessMeter(
  signal: AbortSignal,
  patience: Patience,
  onDetails: (details: unknown) => void = () => undefined,
): Meter {
  return {
    signal,
    patience,
    moved(details) {
      if (details !== undefined) onDetails(details);
    },
    patiently: async (work) => await work,
  };
}
