// Schedules of crons: six fields, seconds first, in UTC, or one of the `@` names (dtr-msr.md §3.4).

const NAMES: Record<string, string> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};
const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;
const YEARS_AHEAD = 5;

/** In six fields, also where a name was given. */
export const fieldsOf = (schedule: string): string => NAMES[schedule] ?? schedule;

/** The first moment after `after` that the schedule names; throws a sentence for a schedule that is none. */
export function nextRun(schedule: string, after: Date): Date {
  const fields = fieldsOf(schedule).trim().split(/\s+/);
  if (fields.length !== RANGES.length)
    throw new Error(`schedule "${schedule}" has ${fields.length} fields instead of 6`);
  const sets = fields.map((field, at) => valuesOf(field, ...(RANGES[at] as readonly [number, number])));
  const [seconds, minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  const anyDay = fields[3] === '*' || fields[3] === '?';
  const anyWeekday = fields[5] === '*' || fields[5] === '?';
  const isDay = (at: Date): boolean => {
    const day = days.has(at.getUTCDate());
    const weekday = weekdays.has(at.getUTCDay());
    // As in every cron: with both fields given, either of them is enough.
    return months.has(at.getUTCMonth() + 1) && (anyDay || anyWeekday ? day && weekday : day || weekday);
  };

  const at = new Date(Math.floor(after.getTime() / 1000) * 1000 + 1000);
  const end = at.getUTCFullYear() + YEARS_AHEAD;
  while (at.getUTCFullYear() < end) {
    if (!isDay(at)) at.setUTCHours(24, 0, 0, 0);
    else if (!hours.has(at.getUTCHours())) at.setUTCMinutes(60, 0, 0);
    else if (!minutes.has(at.getUTCMinutes())) at.setUTCSeconds(60, 0);
    else if (!seconds.has(at.getUTCSeconds())) at.setUTCMilliseconds(1000);
    else return at;
  }
  throw new Error(`schedule "${schedule}" never comes`);
}

function valuesOf(field: string, low: number, high: number): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|\?|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) throw new Error(`"${part}" is no part of a schedule`);
    const step = Number(match[3] ?? 1);
    const from = Number(match[1] ?? low);
    const to = Number(match[2] ?? (match[1] === undefined || match[3] !== undefined ? high : from));
    if (from < low || to > high || step < 1) throw new Error(`"${part}" is outside ${low}-${high}`);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}
