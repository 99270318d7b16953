// Watches how fast a registry answers while its storage is copied. What it learnt of the registry is kept as long as
// the worker lives, so that the baseline is of a time when nothing was copied; it asks only while somebody copies.

import { pause } from '../../concurrency/pause.ts';
import { addSample, isSlow, NO_LATENCY } from './slowness.ts';

const INTERVAL_MS = 1000;
/** An answer that takes longer, or that is none, counts as one that took so long. */
const LONGEST_ANSWER_MS = 5000;

export type RegistryWatch = {
  /** Resolves when the first answer has come, so that the baseline is older than the copying. */
  begin(): Promise<void>;
  end(): void;
  /** Do its users wait? */
  wait(): boolean;
};

export type Prober = {
  /** Rejects when the registry does not answer as a healthy one. */
  ask(): Promise<void>;
  close(): Promise<void>;
};

/** Connects to a registry of the inventory. Which product it is, and how it is asked, is known above this room. */
export type OpenProber = (registry: string) => Promise<Prober>;

/** `open` connects anew each time that watching begins. */
export function createRegistryWatch(open: () => Promise<Prober>, slowdown: number): RegistryWatch {
  let latency = NO_LATENCY;
  let watchers = 0;
  let watching: { first: Promise<void>; stop: AbortController } | undefined;

  const sample = async (prober: Prober, signal: AbortSignal): Promise<void> => {
    const startedMs = performance.now();
    const answer = prober.ask().then(
      () => performance.now() - startedMs,
      () => LONGEST_ANSWER_MS,
    );
    const late = new AbortController();
    const limit = pause(LONGEST_ANSWER_MS, late.signal).then(
      () => LONGEST_ANSWER_MS,
      () => LONGEST_ANSWER_MS,
    );
    const tookMs = await Promise.race([answer, limit]);
    late.abort();
    if (!signal.aborted) latency = addSample(latency, tookMs);
    await answer;
  };

  const watch = async (prober: Prober, signal: AbortSignal, answered: () => void): Promise<void> => {
    try {
      while (!signal.aborted) {
        await sample(prober, signal);
        answered();
        await pause(INTERVAL_MS, signal).catch(() => undefined);
      }
    } finally {
      await prober.close();
    }
  };

  return {
    async begin() {
      watchers += 1;
      if (watching === undefined) {
        const stop = new AbortController();
        const first = open().then(
          async (prober) =>
            await new Promise<void>((answered) => {
              watch(prober, stop.signal, answered).catch(() => answered());
            }),
        );
        watching = { first, stop };
      }
      try {
        await watching.first;
      } catch (error) {
        this.end();
        throw error;
      }
    },
    end() {
      watchers -= 1;
      if (watchers > 0) return;
      watching?.stop.abort();
      watching = undefined;
    },
    wait: () => isSlow(latency, slowdown),
  };
}
