import { describe, expect, it } from 'vitest';
import { startTuning, tune, type Observed, type Tuning } from './tune.ts';

const BOUNDS = { min: 2, max: 64 };
const calm: Observed = { work: 100, saturated: true, throttled: false, usersWait: false };

/** A server that gets no faster above `knee` objects in flight, and where work is alike. */
function after(intervals: number, knee: number, from: Tuning = startTuning(BOUNDS)): Tuning {
  let state = from;
  for (let n = 0; n < intervals; n += 1)
    state = tune(state, { ...calm, work: 100 * Math.min(state.limit, knee) }, BOUNDS);
  return state;
}

const repeat = (times: number, from: Tuning, observed: Observed): Tuning[] => {
  const states = [from];
  for (let n = 0; n < times; n += 1) states.push(tune(states.at(-1)!, observed, BOUNDS));
  return states.slice(1);
};

describe('the number of objects in flight', () => {
  it('climbs to where more gain nothing, and no further', () => {
    const limits = Array.from({ length: 60 }, (_, n) => after(40 + n, 30).limit);
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...limits)).toBeLessThanOrEqual(48);
  });

  it('falls to where fewer are as fast', () => {
    expect(after(200, 6, { ...startTuning(BOUNDS), limit: 64 }).limit).toBeLessThanOrEqual(10);
  });

  it('stays within its bounds', () => {
    expect(after(200, 1000).limit).toBeGreaterThan(40);
    for (let n = 0; n < 200; n += 1) expect(after(n, 1000).limit).toBeLessThanOrEqual(BOUNDS.max);
    for (let n = 0; n < 200; n += 1) expect(after(n, 1).limit).toBeGreaterThanOrEqual(BOUNDS.min);
    expect(startTuning({ min: 1, max: 3 }).limit).toBe(3);
    expect(startTuning({ min: 20, max: 30 }).limit).toBe(20);
  });

  it('is halved by each throttling and rests then', () => {
    const [first, second] = repeat(2, { ...startTuning(BOUNDS), limit: 40 }, { ...calm, throttled: true });
    expect([first!.limit, second!.limit]).toEqual([20, 10]);
    expect(repeat(10, second!, { ...calm, work: 1e9 }).map(({ limit }) => limit)).toEqual(
      Array.from({ length: 10 }, () => 10),
    );
    expect(after(30, 1000, second).limit).toBeGreaterThan(10);
  });

  it('does not change while something else holds the work back', () => {
    const states = repeat(50, startTuning(BOUNDS), { ...calm, saturated: false });
    expect(new Set(states.map(({ limit }) => limit))).toEqual(new Set([8]));
  });

  it('takes back what was being tried when the work ran out', () => {
    const trying = after(2, 1000);
    expect(trying.limit).toBeGreaterThan(8);
    expect(tune(trying, { ...calm, saturated: false }, BOUNDS).limit).toBe(8);
  });
});

describe('users who wait', () => {
  const waiting = { ...calm, usersWait: true };

  it('slow the copy down to its least, then to a pause that ends now and then', () => {
    const states = repeat(40, { ...startTuning(BOUNDS), limit: 16 }, waiting);
    expect(states.slice(0, 3).map(({ limit, paused }) => [limit, paused])).toEqual([
      [8, false],
      [4, false],
      [2, false],
    ]);
    expect(states.findIndex(({ paused }) => paused)).toBe(6);
    expect(states.slice(6, 36).every(({ paused }) => paused)).toBe(true);
    expect(states.slice(36, 39).some(({ paused }) => paused)).toBe(false);
    expect(states[39]!.paused).toBe(true);
  });

  it('end the pause at once when they wait no longer', () => {
    const paused = repeat(10, startTuning(BOUNDS), waiting).at(-1)!;
    expect(paused.paused).toBe(true);
    expect(tune(paused, calm, BOUNDS)).toMatchObject({ paused: false, limit: 2 });
    expect(after(40, 1000, tune(paused, calm, BOUNDS)).limit).toBeGreaterThan(4);
  });

  it('do not make a throttling a pause', () => {
    const states = repeat(50, startTuning(BOUNDS), { ...calm, throttled: true });
    expect(states.some(({ paused }) => paused)).toBe(false);
  });
});
