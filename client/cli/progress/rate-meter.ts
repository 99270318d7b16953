// How fast something grows, from the last seconds only, so that a rate of the past does not hide that all has stopped.

const SPAN_MS = 20_000;
/** Shorter stretches say nothing. */
const LEAST_SPAN_MS = 1500;

export type RateMeter = {
  add(atMs: number, value: number): void;
  /** undefined until enough was seen. */
  perSecond(): number | undefined;
  /** Milliseconds until `total` at this rate; undefined if it is unknown or nothing moves. */
  remainingMs(total: number): number | undefined;
};

export function createRateMeter(): RateMeter {
  let samples: { atMs: number; value: number }[] = [];
  const perSecond = (): number | undefined => {
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || last.atMs - first.atMs < LEAST_SPAN_MS) return undefined;
    return ((last.value - first.value) * 1000) / (last.atMs - first.atMs);
  };
  return {
    add(atMs, value) {
      // A smaller value than before is the next pass, which begins anew.
      if (value < (samples.at(-1)?.value ?? 0)) samples = [];
      samples = [...samples.filter((sample) => atMs - sample.atMs <= SPAN_MS), { atMs, value }];
    },
    perSecond,
    remainingMs(total) {
      const rate = perSecond();
      const value = samples.at(-1)?.value;
      if (!rate || value === undefined) return undefined;
      return (Math.max(0, total - value) * 1000) / rate;
    },
  };
}
