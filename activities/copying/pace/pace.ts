// How hard a worker copies between two storages: one pace for all its shards, so that their number does not matter. The
// decisions are in tune.ts and bandwidth.ts; here is the waiting.

import type { CopyingPolicy } from '../../../contracts/inventory.ts';
import { bandwidthAt, reserve } from './bandwidth.ts';
import { pause } from '../../concurrency/pause.ts';
import { startTuning, tune } from './tune.ts';

export type Pace = {
  /** Carries `work` out when there is room for one more object. `inParts`: one that needs much memory. */
  inTurn<T>(work: () => Promise<T>, signal: AbortSignal, options?: { inParts?: boolean }): Promise<T>;
  /** `bytes` were read; undefined: at once, else when more may be. */
  spend(bytes: number, signal: AbortSignal): Promise<void> | undefined;
  /** Waits while nothing new is to be begun. */
  goOn(signal: AbortSignal): Promise<void>;
  /** A server asked for patience. */
  throttled(): void;
};

/** As fast as it goes, within the bounds that its user has. */
export const UNPACED: Pace = {
  inTurn: (work) => work(),
  spend: () => undefined,
  goOn: () => Promise.resolve(),
  throttled: () => undefined,
};

/** What the registry's users have of the copy; null: nobody uses the source now. */
export type Users = { wait(): boolean };

export type Tuner = {
  /** `users`: with the policy's bandwidth, and yielding to them. */
  paceFor(users: Users | null): Pace;
  /** Objects that may be in flight now; 0 in a pause. */
  limit(): number;
};

const INTERVAL_MS = 1000;
/** An object costs as much as so many bytes, whatever its size. */
const OBJECT_WORTH_BYTES = 64 * 1024;
/** Each holds some parts in memory. */
const IN_PARTS_AT_ONCE = 2;
/** Shorter waits cost more than they are worth; the meter makes up for them. */
const SHORTEST_WAIT_MS = 5;

type Waiter = { inParts: boolean; begin: () => void };

export function createTuner(policy: CopyingPolicy): Tuner {
  const bounds = policy.concurrency;
  let tuning = startTuning(bounds);
  let running = 0;
  let runningInParts = 0;
  let freeAtMs = 0;
  let bandwidth: { value: number | null; untilMs: number } = { value: null, untilMs: 0 };
  let seen = { work: 0, saturated: false, throttled: false };
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<Waiter>();
  const present = new Map<Users, number>();

  const limit = (): number => (tuning.paused ? 0 : tuning.limit);

  const hasRoom = (inParts: boolean): boolean =>
    running < limit() && !(inParts && runningInParts >= IN_PARTS_AT_ONCE);

  const count = (inParts: boolean): void => {
    running += 1;
    if (inParts) runningInParts += 1;
  };

  const observe = (): void => {
    const usersWait = [...present.keys()].some((users) => users.wait());
    const work = (seen.work * 1000) / INTERVAL_MS;
    tuning = tune(tuning, { ...seen, work, usersWait }, bounds);
    seen = { work: 0, saturated: waiting.size > 0, throttled: false };
    if (running === 0 && waiting.size === 0) {
      clearInterval(timer);
      timer = undefined;
    } else beginWaiting();
  };

  const beginWaiting = (): void => {
    for (const waiter of waiting) {
      if (running >= limit()) break;
      if (!hasRoom(waiter.inParts)) continue;
      waiting.delete(waiter);
      count(waiter.inParts);
      waiter.begin();
    }
    if (waiting.size > 0) seen.saturated = true;
  };

  const take = async (inParts: boolean, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    timer ??= setInterval(observe, INTERVAL_MS);
    if (waiting.size === 0 && hasRoom(inParts)) {
      count(inParts);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { inParts, begin: resolve };
    const giveUp = (): void => {
      // One that has begun already is given back by whoever waited for it.
      if (waiting.delete(waiter)) reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp);
    waiting.add(waiter);
    beginWaiting();
    await promise.finally(() => signal.removeEventListener('abort', giveUp));
  };

  const giveBack = (inParts: boolean): void => {
    running -= 1;
    if (inParts) runningInParts -= 1;
    beginWaiting();
  };

  const paceFor = (users: Users | null): Pace => ({
    async inTurn(work, signal, { inParts = false } = {}) {
      if (users !== null) present.set(users, (present.get(users) ?? 0) + 1);
      try {
        await take(inParts, signal);
        try {
          const result = await work();
          seen.work += OBJECT_WORTH_BYTES;
          return result;
        } catch (error) {
          if (!signal.aborted) seen.throttled = true;
          throw error;
        } finally {
          giveBack(inParts);
        }
      } finally {
        if (users !== null) leave(present, users);
      }
    },
    spend(bytes, signal) {
      seen.work += bytes;
      if (users === null) return undefined;
      const now = Date.now();
      if (now >= bandwidth.untilMs)
        bandwidth = { value: bandwidthAt(policy, new Date(now)), untilMs: now + INTERVAL_MS };
      if (bandwidth.value === null) return undefined;
      const { waitMs, freeAtMs: next } = reserve(freeAtMs, bytes, bandwidth.value, now);
      freeAtMs = next;
      return waitMs < SHORTEST_WAIT_MS ? undefined : pause(waitMs, signal);
    },
    async goOn(signal) {
      while (users !== null && limit() === 0) await pause(INTERVAL_MS, signal);
    },
    throttled() {
      seen.throttled = true;
    },
  });

  return { paceFor, limit };
}

function leave(present: Map<Users, number>, users: Users): void {
  const left = (present.get(users) ?? 1) - 1;
  if (left === 0) present.delete(users);
  else present.set(users, left);
}
