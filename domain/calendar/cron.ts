// Cron expressions of five fields (crontab(5), POSIX crontab), as sets of numbers. Where programs differ on what an expression
// means, it is refused: a backup that runs at another time than its author thinks is worse than a mistake.

export type CalendarTimes = {
  minute: number[];
  hour: number[];
  dayOfMonth: number[];
  /** 1 to 12. */
  month: number[];
  /** 0 to 6, 0 is Sunday. */
  dayOfWeek: number[];
};

type Field = { name: string; min: number; max: number; words: readonly string[] };

const FIELDS: { [Name in keyof CalendarTimes]: Field } = {
  minute: { name: 'minute', min: 0, max: 59, words: [] },
  hour: { name: 'hour', min: 0, max: 23, words: [] },
  dayOfMonth: { name: 'day of the month', min: 1, max: 31, words: [] },
  month: {
    name: 'month',
    min: 1,
    max: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // 7 is Sunday, too
  dayOfWeek: {
    name: 'day of the week',
    min: 0,
    max: 7,
    words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
};
const NAMES = Object.keys(FIELDS) as (keyof CalendarTimes)[];
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Never shows the text. */
export function parseCron(text: string): CalendarTimes | { problem: string } {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== NAMES.length)
    return {
      problem: 'must have five fields: minute, hour, day of the month, month, day of the week',
    };
  const times: Partial<CalendarTimes> = {};
  for (const [index, name] of NAMES.entries()) {
    const numbers = numbersOf(fields[index]!, FIELDS[name]);
    if (numbers === undefined) return { problem: `its ${FIELDS[name].name} cannot be read` };
    times[name] = numbers;
  }
  const { dayOfMonth, month, dayOfWeek } = times as CalendarTimes;
  const week = [...new Set(dayOfWeek.map((day) => day % 7))].sort((a, b) => a - b);
  if (dayOfMonth.length < 31 && week.length < 7)
    return {
      problem:
        'has a day of the month and a day of the week, which some programs take for both and others for either; write two schedules',
    };
  if (!month.some((one) => dayOfMonth[0]! <= LONGEST_MONTHS[one - 1]!))
    return { problem: 'names a day that no month has' };
  return { ...(times as CalendarTimes), dayOfWeek: week };
}

/** The shortest way to say it, the same for the same times. Any numbers may stand in it. */
export const cronText = (times: CalendarTimes): string =>
  NAMES.map((name) => {
    const { min, max } = FIELDS[name];
    const numbers = times[name];
    const all = (name === 'dayOfWeek' ? max : max + 1) - min;
    return numbers.length === all ? '*' : rangesOf(numbers).map(rangeText).join(',');
  }).join(' ');

const rangeText = ({ start, end }: { start: number; end: number }): string =>
  start === end ? `${start}` : `${start}-${end}`;

/** Of ascending numbers. */
export function rangesOf(numbers: readonly number[]): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.end === number - 1) last.end = number;
    else ranges.push({ start: number, end: number });
  }
  return ranges;
}

/** Ascending, each once; undefined: it cannot be read. */
function numbersOf(text: string, { min, max, words }: Field): number[] | undefined {
  const numberOf = (word: string): number => {
    const index = words.indexOf(word.toLowerCase());
    if (index >= 0) return index + min;
    return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  };
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const [, range, step] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (range === undefined || step === '0') return undefined;
    const [from, to, more] = range === '*' ? [`${min}`, `${max}`] : range.split('-');
    // `5/10` means this to some programs and that to others
    if (more !== undefined || (step !== undefined && to === undefined)) return undefined;
    const [first, last] = [numberOf(from!), numberOf(to ?? from!)];
    if (!(first >= min && first <= last && last <= max)) return undefined;
    for (let number = first; number <= last; number += Number(step ?? 1)) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}
