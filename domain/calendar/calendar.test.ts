// Cron expressions and the times that they are due, beside what a clock on the wall shows.

import { describe, expect, test } from 'vitest';
import { type CalendarTimes, cronText, parseCron } from './cron.ts';
import { lastTime, timesOf } from './times.ts';
import { DAY_MS, instantsOf, isTimeZone, startOfDay, wallOf } from './wall-clock.ts';

const ms = (time: string): number => Date.parse(time);
const iso = (times: number[]): string[] =>
  times.map((time) => new Date(time).toISOString().replace(':00.000', ''));

function due(cron: string, timezone: string, from: string, to: string): string[] {
  const calendar = parseCron(cron);
  if ('problem' in calendar) throw new Error(calendar.problem);
  return iso(timesOf({ calendars: [calendar], everyMs: [], timezone }, ms(from), ms(to)));
}

describe('a cron expression', () => {
  test('has numbers, names, ranges, steps and lists', () => {
    expect(parseCron('*/20 8-18/5,23 * JAN,mar-may *')).toEqual({
      minute: [0, 20, 40],
      hour: [8, 13, 18, 23],
      dayOfMonth: Array.from({ length: 31 }, (_, index) => index + 1),
      month: [1, 3, 4, 5],
      dayOfWeek: [0, 1, 2, 3, 4, 5, 6],
    });
    expect(parseCron('0 0 * * mon-fri,7')).toMatchObject({ dayOfWeek: [0, 1, 2, 3, 4, 5] });
  });

  test.each([
    ['30 01 * * *', '30 1 * * *'],
    ['*/20 8-10,12 1-31 jan-dec 0-7', '0,20,40 8-10,12 * * *'],
    ['0 0 * * 7,mon,tue', '0 0 * * 0-2'],
  ])('%s is written as %s', (text, written) => {
    expect(cronText(parseCron(text) as CalendarTimes)).toBe(written);
    expect(parseCron(written)).toEqual(parseCron(text));
  });

  test.each([
    ['', 'must have five fields'],
    ['0 0 * * * *', 'must have five fields'],
    ['60 0 * * *', 'its minute cannot be read'],
    ['0 5/2 * * *', 'its hour cannot be read'],
    ['0 18-8 * * *', 'its hour cannot be read'],
    ['0 */0 * * *', 'its hour cannot be read'],
    ['0 0 1-2-3 * *', 'its day of the month cannot be read'],
    ['0 0 * 13 *', 'its month cannot be read'],
    ['0 0 * * s3cret', 'its day of the week cannot be read'],
    ['0 0 1 * mon', 'both and others for either'],
    ['0 0 30,31 2 *', 'a day that no month has'],
  ])('%j is refused: %s', (text, problem) => {
    expect(parseCron(text)).toEqual({ problem: expect.stringContaining(problem) as string });
  });
});

describe('a schedule is due', () => {
  test('by the clock of its zone', () => {
    expect(due('30 1 * * *', 'America/New_York', '2026-11-27T00:00Z', '2026-11-29T00:00Z')).toEqual([
      '2026-11-27T06:30Z',
      '2026-11-28T06:30Z',
    ]);
  });

  test('not at all where clocks are put forward over it, and twice where they are put back', () => {
    expect(due('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-30T00:30Z',
    ]);
    expect(due('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-25T12:00Z')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
    ]);
    // There midnight is left out, and there it comes after 23:59 the second time
    expect(due('30 0 * * *', 'America/Havana', '2026-03-07T12:00Z', '2026-03-09T12:00Z')).toEqual([
      '2026-03-09T04:30Z',
    ]);
    expect(due('30 0 * * *', 'America/Havana', '2026-10-31T12:00Z', '2026-11-01T12:00Z')).toHaveLength(2);
  });

  test('after its beginning, up to its end', () => {
    expect(due('0 0 * * *', 'UTC', '2026-11-27T00:00Z', '2026-11-28T00:00Z')).toEqual(['2026-11-28T00:00Z']);
    expect(
      iso(
        timesOf(
          { calendars: [], everyMs: [DAY_MS / 2], timezone: 'UTC' },
          ms('2026-11-27T00:00Z'),
          ms('2026-11-28T00:00Z'),
        ),
      ),
    ).toEqual(['2026-11-27T12:00Z', '2026-11-28T00:00Z']);
  });

  test('last on the leap day before, or never', () => {
    const leap = parseCron('0 0 29 2 *');
    if ('problem' in leap) throw new Error(leap.problem);
    const timing = { calendars: [leap], everyMs: [], timezone: 'UTC' };
    expect(lastTime(timing, ms('2026-11-28T00:00Z'))).toBe(ms('2024-02-29T00:00Z'));
    expect(lastTime({ ...timing, calendars: [] }, ms('2026-11-28T00:00Z'))).toBeUndefined();
  });
});

describe('the clock on the wall', () => {
  test.each([
    'UTC',
    'Europe/Berlin',
    'America/Havana',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kathmandu',
  ])('of %s is the inverse of its instants, at every half hour of eight months', (timezone) => {
    const lost: string[] = [];
    for (let time = ms('2011-09-01T00:00Z'); time < ms('2012-05-01T00:00Z'); time += 1_800_000)
      if (!instantsOf(wallOf(time, timezone), timezone).includes(time))
        lost.push(new Date(time).toISOString());
    expect(lost).toEqual([]);
  });

  test('leaves a whole day out where the date line moves', () => {
    const skipped = ms('2011-12-30T00:00Z') / DAY_MS;
    expect(startOfDay(skipped, 'Pacific/Apia')).toBe(startOfDay(skipped + 1, 'Pacific/Apia'));
    expect(due('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T22:00Z',
      '2011-12-30T22:00Z',
      '2011-12-31T22:00Z',
    ]);
  });

  test('knows names of zones, and no offsets', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', '+02:00', ''].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
