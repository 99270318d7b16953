// How many bytes may flow now: the policy's timetable in its own time zone, and a meter that spreads the bytes over the
// seconds. Pure; pace.ts does the waiting.

import type { CopyingPolicy } from '../../../contracts/inventory.ts';

type Row = CopyingPolicy['timetable'][number];
type Day = Row['days'][number];

/** A meter that was waited for too long, because timers are coarse, makes up for so much. */
const CREDIT_MS = 200;

const DAYS: Day[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Bytes per second; null: no limit. */
export function bandwidthAt(policy: Pick<CopyingPolicy, 'bandwidth' | 'timetable' | 'timezone'>, at: Date) {
  if (policy.timetable.length === 0) return policy.bandwidth;
  const { day, time } = clockIn(policy.timezone, at);
  const row = policy.timetable.find((one) => holds(one, day, time));
  return row === undefined ? policy.bandwidth : row.bandwidth;
}

/** `time` is `HH:MM`, which compares as text. A row over midnight belongs to the day on which it begins. */
function holds({ days, from, to }: Row, day: Day, time: string): boolean {
  const on = (one: Day): boolean => days.length === 0 || days.includes(one);
  if (from < to) return on(day) && from <= time && time < to;
  const dayBefore = DAYS[(DAYS.indexOf(day) + 6) % 7]!;
  return (on(day) && from <= time) || (on(dayBefore) && time < to);
}

function clockIn(timeZone: string, at: Date): { day: Day; time: string } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)!.value;
  return { day: part('weekday').toLowerCase() as Day, time: `${part('hour')}:${part('minute')}` };
}

/** `freeAtMs`: when all bytes that were let through are through at the limit's speed. */
export function reserve(
  freeAtMs: number,
  bytes: number,
  bytesPerSecond: number,
  nowMs: number,
): { waitMs: number; freeAtMs: number } {
  const from = Math.max(freeAtMs, nowMs - CREDIT_MS);
  return { waitMs: Math.max(0, from - nowMs), freeAtMs: from + (bytes / bytesPerSecond) * 1000 };
}
