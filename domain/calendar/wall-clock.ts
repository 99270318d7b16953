// What a clock on the wall shows in a time zone. A wall time is written as the milliseconds at which a clock in UTC shows the
// same, so that its fields are those of `Date.getUTC…`, and its days are whole numbers.

export const DAY_MS = 86_400_000;
const SECOND_MS = 1000;
const QUARTER_MS = 900_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-ca-iso8601', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  return format;
}

/** An IANA name. Offsets such as `+02:00` are none: other programs do not know them. */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && formatOf(name).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function wallOf(instantMs: number, timezone: string): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(instantMs)) part[type] = Number(value);
  const { year, month, day, hour, minute, second } = part as Record<string, number>;
  const millisecond = ((instantMs % SECOND_MS) + SECOND_MS) % SECOND_MS;
  return Date.UTC(year!, month! - 1, day, hour, minute, second, millisecond);
}

/** When the clock shows that: twice where it is put back, never where it is put forward over it. Ascending. */
export function instantsOf(wallMs: number, timezone: string): number[] {
  // What the zone was a day before and is a day after: clocks are never put twice within two days.
  const offsets = [-DAY_MS, DAY_MS].map((away) => wallOf(wallMs + away, timezone) - wallMs - away);
  return [...new Set(offsets)]
    .map((offset) => wallMs - offset)
    .filter((instant) => wallOf(instant, timezone) === wallMs)
    .sort((a, b) => a - b);
}

/** The number of the day on the wall, counted from 1970-01-01. */
export const dayOf = (instantMs: number, timezone: string): number =>
  Math.floor(wallOf(instantMs, timezone) / DAY_MS);

/** `2026-11-28`. */
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The first instant of that day, or of the next that there is. */
export function startOfDay(day: number, timezone: string): number {
  for (let wall = day * DAY_MS; ; wall += QUARTER_MS) {
    const [first] = instantsOf(wall, timezone);
    if (first !== undefined) return first;
  }
}
