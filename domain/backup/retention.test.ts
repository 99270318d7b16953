// Which sets are kept: first by examples, then by laws that hold for any policy, any sets and any clock.

import { describe, expect, test } from 'vitest';
import { type Random, seeded } from '../../test/workflows/hostile-payloads.ts';
import { DAY_MS } from '../calendar/wall-clock.ts';
import { type RetainedSet, retain, type RetentionPolicy } from './retention.ts';

const NONE: RetentionPolicy = {
  last: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  recoveryWindowDays: 0,
  minVerified: 1,
};
const at = (time: string): number => Date.parse(time);
const set = (time: string, more: Partial<RetainedSet> = {}): RetainedSet => ({
  id: time,
  atMs: at(time),
  verifiedAtMs: null,
  pinned: false,
  ...more,
});
const NOW = '2026-11-28T12:00:00Z';

/** Each kept set with its rules, newest first. */
function kept(
  policy: Partial<RetentionPolicy>,
  sets: RetainedSet[],
  { now = NOW, timezone = 'UTC' } = {},
): Record<string, string> {
  const verdicts = retain({ ...NONE, ...policy }, sets, { nowMs: at(now), timezone });
  return Object.fromEntries(
    verdicts.filter(({ keptBy }) => keptBy.length > 0).map(({ id, keptBy }) => [id, keptBy.join(' ')]),
  );
}

describe('a policy keeps', () => {
  test('the last ones, and names every rule that keeps a set', () => {
    const sets = [
      set('2026-11-28T01:00Z'),
      set('2026-11-27T01:00Z', { pinned: true }),
      set('2026-11-26T01:00Z'),
    ];
    expect(kept({ last: 2, daily: 1 }, sets)).toEqual({
      '2026-11-28T01:00Z': 'newest last daily',
      '2026-11-27T01:00Z': 'pinned last',
    });
  });

  test('the newest of each day that has one; days without sets do not count', () => {
    const sets = ['28T09', '28T01', '25T01', '20T22', '20T03'].map((hour) => set(`2026-11-${hour}:00Z`));
    expect(Object.keys(kept({ daily: 3 }, sets))).toEqual([
      '2026-11-28T09:00Z',
      '2026-11-25T01:00Z',
      '2026-11-20T22:00Z',
    ]);
  });

  test('weeks from Monday, months and years by their own', () => {
    // 2026-11-22 was a Sunday
    const times = [
      '2026-11-23T00:00Z',
      '2026-11-22T23:59Z',
      '2026-10-31T23:00Z',
      '2026-01-01T00:00Z',
      '2025-12-31T23:59Z',
    ];
    const sets = times.map((time) => set(time));
    expect(kept({ weekly: 2, monthly: 2, yearly: 2 }, sets)).toEqual({
      '2026-11-23T00:00Z': 'newest weekly monthly yearly',
      '2026-11-22T23:59Z': 'weekly',
      '2026-10-31T23:00Z': 'monthly',
      '2025-12-31T23:59Z': 'yearly',
    });
  });

  test('days of the time zone, also of 23 and 25 hours', () => {
    const berlin = { timezone: 'Europe/Berlin', now: '2026-11-28T12:00:00Z' };
    // 25 October 2026 has 25 hours there: from 24T22:00Z to 25T23:00Z
    const autumn = ['2026-10-24T22:00Z', '2026-10-25T22:59Z', '2026-10-25T23:00Z'].map((time) => set(time));
    expect(Object.keys(kept({ daily: 2 }, autumn, berlin))).toEqual([
      '2026-10-25T23:00Z',
      '2026-10-25T22:59Z',
    ]);
    expect(Object.keys(kept({ daily: 3 }, autumn, berlin))).toHaveLength(2);
    // 29 March 2026 has 23: from 28T23:00Z to 29T22:00Z
    const spring = ['2026-03-28T23:00Z', '2026-03-29T21:59Z', '2026-03-29T22:00Z'].map((time) => set(time));
    expect(Object.keys(kept({ daily: 3 }, spring, berlin))).toEqual([
      '2026-03-29T22:00Z',
      '2026-03-29T21:59Z',
    ]);
    expect(Object.keys(kept({ daily: 3 }, spring))).toHaveLength(2);
  });

  test('a window, and the set before it, from which its beginning is restored', () => {
    const sets = ['28', '22', '21', '19', '10'].map((day) => set(`2026-11-${day}T01:00Z`));
    expect(kept({ recoveryWindowDays: 7 }, sets)).toEqual({
      '2026-11-28T01:00Z': 'newest window',
      '2026-11-22T01:00Z': 'window',
      '2026-11-21T01:00Z': 'window',
    });
    expect(Object.keys(kept({ recoveryWindowDays: 8 }, sets))).toHaveLength(4);
  });

  test('the newest verified set, however old it is, and more where more are wanted', () => {
    const verified = { verifiedAtMs: at('2026-11-01T00:00Z') };
    const sets = [
      set('2026-11-28T01:00Z'),
      set('2026-02-01T00:00Z', verified),
      set('2026-01-01T00:00Z', verified),
    ];
    expect(kept({ last: 1 }, sets)).toEqual({
      '2026-11-28T01:00Z': 'newest last',
      '2026-02-01T00:00Z': 'verified',
    });
    expect(Object.keys(kept({ last: 1, minVerified: 2 }, sets))).toHaveLength(3);
    expect(Object.keys(kept({ last: 1, minVerified: 0 }, sets))).toHaveLength(2);
  });

  test('a set of the future, which takes no place of a real one', () => {
    const sets = [set('2027-01-01T00:00Z'), set('2026-11-28T01:00Z'), set('2026-11-27T01:00Z')];
    expect(kept({ last: 1, yearly: 1 }, sets)).toEqual({
      '2027-01-01T00:00Z': 'ahead',
      '2026-11-28T01:00Z': 'newest last yearly',
    });
  });

  test('one of several of the same second, whatever order they come in', () => {
    const twins = ['a', 'b', 'c'].map((id) => ({ ...set('2026-11-28T01:00Z'), id }));
    expect(kept({ daily: 1 }, twins)).toEqual({ c: 'newest daily' });
    expect(kept({ daily: 1 }, twins.toReversed())).toEqual({ c: 'newest daily' });
  });

  test('everything, when it has no rule', () => {
    expect(kept({}, [set('2026-11-28T01:00Z'), set('2020-01-01T00:00Z')])).toEqual({
      '2026-11-28T01:00Z': 'newest no-rule',
      '2020-01-01T00:00Z': 'no-rule',
    });
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/Havana',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
];
const CASES = 400;

function randomPolicy(random: Random): RetentionPolicy {
  const some = (most: number): number => (random.below(3) === 0 ? 0 : random.below(most));
  return {
    // At least one rule
    last: 1 + random.below(4),
    daily: some(9),
    weekly: some(6),
    monthly: some(14),
    yearly: some(4),
    recoveryWindowDays: some(40),
    minVerified: 1 + random.below(2),
  };
}

/** Around two changes of the clock, many on one day, some of one second, some ahead. Sorted by age, oldest first. */
function randomSets(random: Random, nowMs: number): RetainedSet[] {
  const sets: RetainedSet[] = [];
  for (let id = 0; id < random.below(60); id += 1) {
    const days = random.of([2, 40, 800]);
    const atMs =
      sets.length > 0 && random.below(6) === 0
        ? random.of(sets).atMs
        : nowMs - random.below(days * 1440) * 60_000 + (random.below(20) === 0 ? 900 * DAY_MS : 0);
    sets.push({
      id: `${id}`,
      atMs,
      verifiedAtMs: random.below(3) === 0 ? atMs : null,
      pinned: random.below(12) === 0,
    });
  }
  return sets.sort((a, b) => a.atMs - b.atMs);
}

const idsKept = (...args: Parameters<typeof retain>): Set<string> =>
  new Set(
    retain(...args)
      .filter(({ keptBy }) => keptBy.length > 0)
      .map(({ id }) => id),
  );

describe.each([20_261_128, 7, 99])('laws, with seed %s', (seed) => {
  const cases = Array.from({ length: CASES }, (_, index) => {
    const random = seeded(seed * 1000 + index);
    const when = {
      nowMs: at('2026-11-03T11:30:00Z') - random.below(400) * DAY_MS,
      timezone: random.of(ZONES),
    };
    return { index, random, when, policy: randomPolicy(random), sets: randomSets(random, when.nowMs) };
  });

  test('the newest, the pinned, and a verified one stay', () => {
    for (const { index, policy, sets, when } of cases) {
      const ids = idsKept(policy, sets, when);
      const past = sets.filter(({ atMs }) => atMs <= when.nowMs);
      const newest = Math.max(...past.map(({ atMs }) => atMs));
      const broken = {
        newest: past.length > 0 && !past.some(({ id, atMs }) => atMs === newest && ids.has(id)),
        pinned: sets.some(({ id, pinned }) => pinned && !ids.has(id)),
        verified:
          sets.some(({ verifiedAtMs }) => verifiedAtMs !== null) &&
          !sets.some(({ id, verifiedAtMs }) => verifiedAtMs !== null && ids.has(id)),
        ahead: sets.some(({ id, atMs }) => atMs > when.nowMs && !ids.has(id)),
      };
      expect({ index, ...broken }).toEqual({
        index,
        newest: false,
        pinned: false,
        verified: false,
        ahead: false,
      });
    }
  });

  test('a policy that keeps more of anything removes nothing that was kept', () => {
    for (const { index, random, policy, sets, when } of cases) {
      const rule = random.of(Object.keys(policy) as (keyof RetentionPolicy)[]);
      const wider = { ...policy, [rule]: policy[rule] + 1 + random.below(5) };
      const [before, after] = [idsKept(policy, sets, when), idsKept(wider, sets, when)];
      expect({ index, rule, lost: [...before.difference(after)] }).toEqual({ index, rule, lost: [] });
    }
  });

  test('what is left is left as it is, by the same rules, whatever order it comes in', () => {
    for (const { index, policy, sets, when } of cases) {
      const first = retain(policy, sets, when).filter(({ keptBy }) => keptBy.length > 0);
      const left = sets.filter(({ id }) => first.some((one) => one.id === id)).toReversed();
      expect({ index, left: retain(policy, left, when) }).toEqual({ index, left: first });
    }
  });

  test('pruning again and again leaves in the end what pruning once leaves', () => {
    for (const { index, random, policy, sets, when } of cases) {
      const past = sets.filter(({ atMs }) => atMs <= when.nowMs);
      let there: RetainedSet[] = [];
      for (const one of past) {
        there.push(one);
        if (random.below(2) === 0) continue;
        const ids = idsKept(policy, there, { ...when, nowMs: one.atMs });
        there = there.filter(({ id }) => ids.has(id));
      }
      expect({ index, kept: [...idsKept(policy, there, when)].sort() }).toEqual({
        index,
        kept: [...idsKept(policy, past, when)].sort(),
      });
    }
  });

  test('any time of the window can be gone back to', () => {
    for (const { index, random, policy, sets, when } of cases) {
      if (policy.recoveryWindowDays === 0) continue;
      const wanted = when.nowMs - random.below(policy.recoveryWindowDays * 1440) * 60_000;
      const asOf = (these: RetainedSet[]): number =>
        Math.max(...these.filter(({ atMs }) => atMs <= wanted).map(({ atMs }) => atMs));
      const ids = idsKept(policy, sets, when);
      expect({ index, set: asOf(sets.filter(({ id }) => ids.has(id))) }).toEqual({ index, set: asOf(sets) });
    }
  });
});
