// Whether a registry answers more slowly than it can. Pure: registry-watch.ts measures.

/** Milliseconds. */
export type Latency = { recent: number[]; baseline: number | null };

/** The fastest of so many counts: a single slow answer says as much about the worker as about the registry. */
const RECENT_SAMPLES = 3;
/** Less than this is no difference that people feel. */
const NOISE_MS = 20;

export const NO_LATENCY: Latency = { recent: [], baseline: null };

/** The baseline is the fastest that the registry was ever seen to be, usually before the copying began. */
export const addSample = ({ recent, baseline }: Latency, sampleMs: number): Latency => ({
  recent: [...recent, sampleMs].slice(-RECENT_SAMPLES),
  baseline: Math.min(baseline ?? Infinity, sampleMs),
});

/** Does it take `slowdown` times as long as it can? */
export function isSlow({ recent, baseline }: Latency, slowdown: number): boolean {
  if (baseline === null || recent.length < RECENT_SAMPLES) return false;
  const now = Math.min(...recent);
  return now >= baseline * slowdown && now - baseline >= NOISE_MS;
}
