// How often each kind of work is tried, and how long it waits in between. Patience is handed to whatever waits, so that
// production waits as long as servers need and a test as short as it likes: only worker/ takes the one of production.

import { pause } from './pause.ts';

export type Waits = {
  /** The first one counts. */
  tries: number;
  firstMs: number;
  /** Each wait is so many times the one before it. */
  factor: number;
  /** No wait is longer, and what a service asks for beyond it is for Temporal to wait. */
  mostMs: number;
  /** Rejects with the reason of the signal. */
  sleep(this: void, ms: number, signal?: AbortSignal): Promise<void>;
};

const WAITS = {
  /** A request to Azure or Google: hides a closed keep-alive connection or a moment of too many requests. */
  request: { tries: 3, firstMs: 200, factor: 2, mostMs: 5_000 },
  /** A request for one S3 object: one try again, since S3 servers seldom stumble twice. */
  s3: { tries: 2, firstMs: 100, factor: 1, mostMs: 5_000 },
  /** A request to Swift, whose proxies pass on every stumble of the servers behind them. */
  swift: { tries: 4, firstMs: 200, factor: 2, mostMs: 30_000 },
  /** A look at Swift's listing of segments, which comes later than the segments. */
  segments: { tries: Infinity, firstMs: 200, factor: 1, mostMs: 200 },
  /** An object whose server asks for patience, before the whole work list is tried again later. */
  throttled: { tries: 7, firstMs: 500, factor: 2, mostMs: 60_000 },
  /** An object that cannot be read or that arrives damaged. */
  object: { tries: 3, firstMs: 500, factor: 2, mostMs: 5_000 },
  /** A look for what was written a moment ago, where listings or mounts may be behind. */
  listing: { tries: 6, firstMs: 500, factor: 2, mostMs: 10_000 },
  /** A manifest or blob that a registry does not give. */
  image: { tries: 3, firstMs: 500, factor: 1, mostMs: 500 },
  /** A refusal in the middle of a pass: a secret that was changed is resolved anew after a minute, and rights take as long. */
  refused: { tries: 2, firstMs: 120_000, factor: 1, mostMs: 90_000 },
  /** What others wrote at the same moment to a storage that cannot refuse the second of two; then it is looked at. */
  settled: { tries: 2, firstMs: 3_000, factor: 1, mostMs: 5_000 },
  /** For so long who has asked may write to a destination (copying/lease.ts). */
  lease: { tries: 1, firstMs: 2_000, factor: 1, mostMs: 2_000 },
  /** A look at a registry that is to become healthy, or to finish something. */
  registry: { tries: Infinity, firstMs: 250, factor: 1, mostMs: 250 },
  /** A replica that does not come back, before the next one is started again all the same. */
  turn: { tries: 2, firstMs: 60_000, factor: 1, mostMs: 30_000 },
} satisfies Record<string, Omit<Waits, 'sleep'>>;

export type Patience = Readonly<Record<keyof typeof WAITS, Waits>>;

/** The tries of production, waiting in this way. */
export const patienceWith = (sleep: Waits['sleep']): Patience =>
  Object.fromEntries(Object.entries(WAITS).map(([work, waits]) => [work, { ...waits, sleep }])) as Patience;

export const PATIENCE = patienceWith(pause);

/** The tries of one piece of work. */
export class Tries {
  readonly #waits: Waits;
  #made = 1;

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** How many were begun. */
  get made(): number {
    return this.#made;
  }

  get isLast(): boolean {
    return this.#made >= this.#waits.tries;
  }

  /** Waits before the next one; not all for the same time, so that those who failed together do not come together. */
  async next(signal?: AbortSignal, askedMs = 0): Promise<void> {
    const { firstMs, factor, mostMs, sleep } = this.#waits;
    const own = firstMs * factor ** (this.#made - 1) * (0.5 + Math.random());
    this.#made += 1;
    await sleep(Math.min(Math.max(own, askedMs), mostMs), signal);
  }
}
