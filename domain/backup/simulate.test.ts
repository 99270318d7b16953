import { expect, test } from 'vitest';
import { parseCron } from '../calendar/cron.ts';
import { timesOf } from '../calendar/times.ts';
import { DAY_MS } from '../calendar/wall-clock.ts';
import type { RetentionPolicy } from './retention.ts';
import { simulate } from './simulate.ts';

const POLICY: RetentionPolicy = {
  last: 0,
  daily: 2,
  weekly: 2,
  monthly: 0,
  yearly: 0,
  recoveryWindowDays: 0,
  minVerified: 1,
};
// A Thursday
const NOW = Date.parse('2026-10-22T12:00:00Z');
const timezone = 'Europe/Berlin';

function due(cron: string): number[] {
  const calendar = parseCron(cron);
  if ('problem' in calendar) throw new Error(calendar.problem);
  return timesOf({ calendars: [calendar], everyMs: [], timezone }, NOW - DAY_MS, NOW + 30 * DAY_MS);
}

const old = { id: 'old', atMs: NOW - DAY_MS, verifiedAtMs: NOW, pinned: false };

test('says for each day what is made, what goes, and why the others stay', () => {
  const calendar = simulate({
    policy: POLICY,
    sets: [old],
    nowMs: NOW,
    days: 5,
    timezone,
    backups: due('30 1 * * *'),
    verifications: due('0 5 * * sun'),
    prunings: due('0 6 * * *'),
  });
  expect(
    calendar.map(({ day, removed, sets }) => ({
      day,
      removed,
      sets: sets.map(({ id, keptBy }) => `${id} ${keptBy.join(' ')}`),
    })),
  ).toEqual([
    { day: '2026-10-22', removed: [], sets: ['old newest verified daily weekly'] },
    {
      day: '2026-10-23',
      removed: [],
      sets: ['planned-2026-10-22T23:30:00.000Z newest daily weekly', 'old verified daily'],
    },
    {
      day: '2026-10-24',
      removed: [],
      sets: [
        'planned-2026-10-23T23:30:00.000Z newest daily weekly',
        'planned-2026-10-22T23:30:00.000Z daily',
        'old verified',
      ],
    },
    // Clocks are put back after this backup; it is verified at five, and the old one is needed no longer.
    {
      day: '2026-10-25',
      removed: ['planned-2026-10-22T23:30:00.000Z', 'old'],
      sets: [
        'planned-2026-10-24T23:30:00.000Z newest verified daily weekly',
        'planned-2026-10-23T23:30:00.000Z daily',
      ],
    },
    {
      day: '2026-10-26',
      removed: ['planned-2026-10-23T23:30:00.000Z'],
      sets: [
        'planned-2026-10-26T00:30:00.000Z newest daily weekly',
        'planned-2026-10-24T23:30:00.000Z verified daily weekly',
      ],
    },
  ]);
});

test('removes nothing where nothing prunes, and shows what would go next', () => {
  const [day] = simulate({
    policy: { ...POLICY, daily: 1, weekly: 1 },
    sets: [old, { ...old, id: 'older', atMs: NOW - 2 * DAY_MS }],
    nowMs: NOW,
    days: 1,
    timezone,
    backups: [],
    verifications: [],
    prunings: [],
  });
  expect(day).toMatchObject({ removed: [], sets: [{ id: 'old' }, { id: 'older', keptBy: [] }] });
});
