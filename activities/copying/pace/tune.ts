// Finds how many objects are best in flight: tries a few more or a few less, keeps what pays, and gives way at once when
// a server asks for it, something fails, or the registry's users wait. Pure, so that every decision can be tested.

export type Tuning = {
  /** Objects in flight at most. */
  limit: number;
  /** Nothing new is begun. */
  paused: boolean;
  /** Work per second before the change that is being tried; null: the next interval is measured first. */
  rate: number | null;
  /** What the change that is being tried added to the limit; 0: none is. */
  added: number;
  direction: 'up' | 'down';
  /** Intervals without a change. */
  rest: number;
  /** Intervals in a row in which users waited although the limit was the least. */
  waitedAtLeast: number;
};

/** What one interval has shown. */
export type Observed = {
  /** Work per second, in any unit that stays the same. */
  work: number;
  /** Was the limit what held work back? Otherwise the interval says nothing about it. */
  saturated: boolean;
  /** A server asked for patience, or something failed. */
  throttled: boolean;
  /** The registry that uses the source answers slowly. */
  usersWait: boolean;
};

type Bounds = { min: number; max: number };

const FIRST_LIMIT = 8;
/** More in flight must gain so much, and fewer may lose so much. */
const MIN_GAIN = 0.05;
const MAX_LOSS = 0.02;
const STEP_SHARE = 0.25;
const REST_INTERVALS = 5;
const REST_AFTER_GIVING_WAY = 10;
/** At the least limit for so long, then a pause of so many intervals, then again: a copy never stops for ever. */
const INTERVALS_BEFORE_PAUSE = 3;
const PAUSE_INTERVALS = 30;

export const startTuning = ({ min, max }: Bounds): Tuning => ({
  limit: Math.min(max, Math.max(min, FIRST_LIMIT)),
  paused: false,
  rate: null,
  added: 0,
  direction: 'up',
  rest: 0,
  waitedAtLeast: 0,
});

/** To be called once in each interval, all of equal length. */
export function tune(now: Tuning, observed: Observed, bounds: Bounds): Tuning {
  if (observed.throttled || observed.usersWait) return giveWay(now, observed, bounds);
  const state = { ...now, paused: false, waitedAtLeast: 0 };
  if (!observed.saturated) return { ...state, limit: state.limit - state.added, rate: null, added: 0 };
  if (state.rest > 0) return { ...state, rest: state.rest - 1 };
  if (state.rate === null) return { ...state, rate: observed.work };
  if (state.added === 0) return change(state, observed.work, bounds);
  const least = state.added > 0 ? 1 + MIN_GAIN : 1 - MAX_LOSS;
  if (observed.work >= state.rate * least) return change(state, observed.work, bounds);
  return {
    ...state,
    limit: state.limit - state.added,
    added: 0,
    rate: null,
    rest: REST_INTERVALS,
    direction: opposite(state.direction),
  };
}

/** Half of it at once; where that is not enough, pauses. */
function giveWay(now: Tuning, { usersWait }: Observed, { min }: Bounds): Tuning {
  const waitedAtLeast = usersWait && now.limit <= min ? now.waitedAtLeast + 1 : 0;
  const since = waitedAtLeast - INTERVALS_BEFORE_PAUSE;
  return {
    limit: Math.max(min, Math.floor(now.limit / 2)),
    paused: since > 0 && (since - 1) % (PAUSE_INTERVALS + INTERVALS_BEFORE_PAUSE) < PAUSE_INTERVALS,
    rate: null,
    added: 0,
    direction: 'up',
    rest: REST_AFTER_GIVING_WAY,
    waitedAtLeast,
  };
}

function change(state: Tuning, work: number, { min, max }: Bounds): Tuning {
  const step = Math.max(1, Math.floor(state.limit * STEP_SHARE));
  const wanted = state.limit + (state.direction === 'up' ? step : -step);
  const limit = Math.min(max, Math.max(min, wanted));
  if (limit !== state.limit) return { ...state, limit, added: limit - state.limit, rate: work };
  return { ...state, added: 0, rate: null, rest: REST_INTERVALS, direction: opposite(state.direction) };
}

const opposite = (direction: Tuning['direction']): Tuning['direction'] =>
  direction === 'up' ? 'down' : 'up';
