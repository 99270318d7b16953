// What would be there when: a policy and its schedules carried out on a calendar, before anything is removed for real. Each
// backup is taken to end well at once, and each verification to find the newest set sound.

import { dayOf, dayText, startOfDay } from '../calendar/wall-clock.ts';
import { type RetainedSet, retain, type RetentionPolicy, type Verdict } from './retention.ts';

export type CalendarDay = {
  /** `2026-11-28`, in the time zone of the policy. */
  day: string;
  /** Ids of the sets that were made and removed on it. */
  made: string[];
  removed: string[];
  /** What there is when it ends, newest first. Where `keptBy` is empty, the next pruning removes it. */
  sets: Verdict[];
};

export type Simulated = {
  policy: RetentionPolicy;
  /** What there is now. */
  sets: readonly RetainedSet[];
  nowMs: number;
  /** The day of `nowMs` is the first. */
  days: number;
  timezone: string;
  /** When what is due, as `timesOf` tells it. What is due before `nowMs` is left out. */
  backups: readonly number[];
  verifications: readonly number[];
  prunings: readonly number[];
};

export function simulate({ policy, sets, nowMs, days, timezone, ...due }: Simulated): CalendarDay[] {
  let there = [...sets];
  const [calendar, first]: [CalendarDay[], number] = [[], dayOf(nowMs, timezone)];
  for (let day = first; day < first + days; day += 1) {
    const [made, removed]: [string[], string[]] = [[], []];
    const endMs = startOfDay(day + 1, timezone) - 1;
    const within = (times: readonly number[]): number[] =>
      times.filter((time) => time > nowMs && time <= endMs && dayOf(time, timezone) === day);
    const steps = [
      ...within(due.backups).map((atMs) => ({ atMs, order: 0, step: () => backUp(atMs) })),
      ...within(due.verifications).map((atMs) => ({ atMs, order: 1, step: () => verify(atMs) })),
      ...within(due.prunings).map((atMs) => ({ atMs, order: 2, step: () => prune(atMs) })),
    ].sort((a, b) => a.atMs - b.atMs || a.order - b.order);

    const backUp = (atMs: number): void => {
      const id = `planned-${new Date(atMs).toISOString()}`;
      there.push({ id, atMs, verifiedAtMs: null, pinned: false });
      made.push(id);
    };
    const verify = (atMs: number): void => {
      const newest = there
        .filter((set) => set.atMs <= atMs)
        .sort((a, b) => a.atMs - b.atMs)
        .at(-1);
      there = there.map((set) => (set === newest ? { ...set, verifiedAtMs: atMs } : set));
    };
    const prune = (atMs: number): void => {
      const going = new Set(
        retain(policy, there, { nowMs: atMs, timezone })
          .filter(({ keptBy }) => keptBy.length === 0)
          .map(({ id }) => id),
      );
      there = there.filter(({ id }) => !going.has(id));
      removed.push(...going);
    };

    for (const { step } of steps) step();
    calendar.push({
      day: dayText(day),
      made,
      removed,
      sets: retain(policy, there, { nowMs: endMs, timezone }),
    });
  }
  return calendar;
}
