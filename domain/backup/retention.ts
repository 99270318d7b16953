// Which sets a policy keeps, and why. A set goes only when no rule names it. Whatever the policy says, the newest set stays, so
// do those that are pinned, and so does the newest that was verified: what may be the only way back is never removed.
//
// As restic, each rule counts for itself over the periods that have sets, and keeps the newest of each. Unlike restic and borg,
// the oldest set is not kept on top where a rule finds too few. Unlike borg, what one rule keeps counts for the next one, too. The
// window is that of pgBackRest and Barman: it keeps the set before it as well, from which its beginning can be restored.
// docs/operations/schedules.md has them side by side.

import { DAY_MS, dayOf, wallOf } from '../calendar/wall-clock.ts';

export type RetentionPolicy = {
  /** So many of the newest. Zero, here and below: no such rule. */
  last: number;
  /** The newest set of each of so many days, weeks (from Monday), months, years that have one. */
  daily: number;
  weekly: number;
  monthly: number;
  yearly: number;
  /** What can be gone back to: any time within so many days of 24 hours. */
  recoveryWindowDays: number;
  /** So many verified ones stay always; at least one. */
  minVerified: number;
};

export type RetainedSet = {
  id: string;
  atMs: number;
  /** null: never. */
  verifiedAtMs: number | null;
  pinned: boolean;
};

export type RetentionRule =
  | 'newest'
  | 'pinned'
  | 'verified'
  /** Its time is yet to come: some clock is wrong, and nothing is concluded from that. */
  | 'ahead'
  /** The policy has no rule at all: it was not thought of, and removes nothing. */
  | 'no-rule'
  | 'last'
  | 'daily'
  | 'weekly'
  | 'monthly'
  | 'yearly'
  | 'window';

/** `keptBy` has every rule that names it; empty: it goes. */
export type Verdict = { id: string; atMs: number; keptBy: RetentionRule[] };

/** Newest first; of the same time the greater id counts as the newer. */
export function retain(
  policy: RetentionPolicy,
  sets: readonly RetainedSet[],
  { nowMs, timezone }: { nowMs: number; timezone: string },
): Verdict[] {
  const sorted = [...sets].sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1));
  const keptBy = new Map<RetainedSet, RetentionRule[]>(sorted.map((set) => [set, []]));
  const keep = (rule: RetentionRule, kept: readonly RetainedSet[]): void => {
    for (const set of kept) keptBy.get(set)!.push(rule);
  };

  // Sets of the future take no place of a real one
  const past = sorted.filter(({ atMs }) => atMs <= nowMs);
  keep(
    'ahead',
    sorted.filter(({ atMs }) => atMs > nowMs),
  );
  keep('newest', past.slice(0, 1));
  keep(
    'pinned',
    sorted.filter(({ pinned }) => pinned),
  );
  keep(
    'verified',
    past.filter(({ verifiedAtMs }) => verifiedAtMs !== null).slice(0, Math.max(1, policy.minVerified)),
  );

  keep('last', past.slice(0, policy.last));
  for (const period of PERIODS)
    keep(
      period,
      newestOfEach(past, policy[period], ({ atMs }) => PERIOD_OF[period](atMs, timezone)),
    );
  if (policy.recoveryWindowDays > 0)
    keep('window', inWindow(past, nowMs - policy.recoveryWindowDays * DAY_MS));
  if (hasNoRule(policy)) keep('no-rule', sorted);
  return sorted.map((set) => ({ id: set.id, atMs: set.atMs, keptBy: keptBy.get(set)! }));
}

const PERIODS = ['daily', 'weekly', 'monthly', 'yearly'] as const;

/** Any number that is the same within a period, and within no other. */
const PERIOD_OF: Record<(typeof PERIODS)[number], (atMs: number, timezone: string) => number> = {
  daily: dayOf,
  // 1970-01-01 was a Thursday
  weekly: (atMs, timezone) => Math.floor((dayOf(atMs, timezone) + 3) / 7),
  monthly: (atMs, timezone) => {
    const wall = new Date(wallOf(atMs, timezone));
    return wall.getUTCFullYear() * 12 + wall.getUTCMonth();
  },
  yearly: (atMs, timezone) => new Date(wallOf(atMs, timezone)).getUTCFullYear(),
};

function newestOfEach(
  newestFirst: readonly RetainedSet[],
  most: number,
  periodOf: (set: RetainedSet) => number,
): RetainedSet[] {
  const newest = new Map<number, RetainedSet>();
  if (most === 0) return [];
  for (const set of newestFirst) {
    const period = periodOf(set);
    if (!newest.has(period)) newest.set(period, set);
    if (newest.size === most) break;
  }
  return [...newest.values()];
}

function inWindow(newestFirst: readonly RetainedSet[], beginMs: number): RetainedSet[] {
  const within = newestFirst.filter(({ atMs }) => atMs > beginMs);
  return newestFirst.slice(0, within.length + 1);
}

const hasNoRule = ({ last, daily, weekly, monthly, yearly, recoveryWindowDays }: RetentionPolicy): boolean =>
  last + daily + weekly + monthly + yearly + recoveryWindowDays === 0;
