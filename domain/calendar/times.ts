// When a schedule is due. A calendar is matched as Temporal matches it: literally, by the clock on the wall, so that what is due
// at 02:30 is left out where clocks are put forward over it, and is due twice where they are put back.

import type { CalendarTimes } from './cron.ts';
import { DAY_MS, instantsOf, startOfDay, wallOf } from './wall-clock.ts';

const MINUTE_MS = 60_000;
/** 29 February comes every fourth year, and once in a century not. */
const SEARCHED_DAYS = [1, 8, 32, 367, 8 * 366 + 1];

export type Timing = {
  calendars: readonly CalendarTimes[];
  /** Due at each multiple of it since 1970, in UTC. */
  everyMs: readonly number[];
  timezone: string;
};

/** After `fromMs` and up to `toMs`; ascending, each once. */
export function timesOf({ calendars, everyMs, timezone }: Timing, fromMs: number, toMs: number): number[] {
  const times = new Set<number>();
  for (const every of everyMs)
    for (let time = (Math.floor(fromMs / every) + 1) * every; time <= toMs; time += every) times.add(time);
  const first = Math.floor(wallOf(fromMs, timezone) / DAY_MS);
  const last = Math.floor(wallOf(toMs, timezone) / DAY_MS);
  for (const calendar of calendars)
    for (let day = first; day <= last; day += 1)
      for (const time of onDay(calendar, day, timezone)) if (time > fromMs && time <= toMs) times.add(time);
  return [...times].sort((a, b) => a - b);
}

/** The last one up to `nowMs`; undefined: there was none in years. */
export function lastTime(timing: Timing, nowMs: number): number | undefined {
  for (const days of SEARCHED_DAYS) {
    const time = timesOf(timing, nowMs - days * DAY_MS, nowMs).at(-1);
    if (time !== undefined) return time;
  }
  return undefined;
}

function onDay(calendar: CalendarTimes, day: number, timezone: string): number[] {
  const date = new Date(day * DAY_MS);
  if (
    !calendar.month.includes(date.getUTCMonth() + 1) ||
    !calendar.dayOfMonth.includes(date.getUTCDate()) ||
    !calendar.dayOfWeek.includes(date.getUTCDay())
  )
    return [];
  const walls = calendar.hour.flatMap((hour) =>
    calendar.minute.map((minute) => day * DAY_MS + (hour * 60 + minute) * MINUTE_MS),
  );
  return isPlain(day, timezone)
    ? walls.map((wall) => wall - offsetAt(startOfDay(day, timezone), timezone))
    : walls.flatMap((wall) => instantsOf(wall, timezone));
}

/** On most days no clock is put, which saves asking for each time of the day. */
function isPlain(day: number, timezone: string): boolean {
  const [start, end] = [startOfDay(day, timezone), startOfDay(day + 1, timezone)];
  return (
    wallOf(start, timezone) === day * DAY_MS &&
    wallOf(end, timezone) === (day + 1) * DAY_MS &&
    offsetAt(start, timezone) === offsetAt(end, timezone)
  );
}

const offsetAt = (instantMs: number, timezone: string): number => wallOf(instantMs, timezone) - instantMs;
