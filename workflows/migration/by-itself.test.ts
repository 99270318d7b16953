// "About a quarter of an hour", whether a try fails at once or after it has waited itself.

import { expect, test } from 'vitest';
import { pauseBeforeNext } from './by-itself.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** When a person is asked, and after how many tries of that length. */
function askedAfter(tryMs: number, type = 'RegistryUnhealthy'): { tries: number; minutes: number } {
  let nowMs = 0;
  for (let tries = 1; ; tries += 1) {
    nowMs += tryMs;
    const pauseMs = pauseBeforeNext({ tries, sinceMs: 0, nowMs, type });
    if (pauseMs === null) return { tries, minutes: nowMs / MINUTE_MS };
    nowMs += pauseMs;
  }
}

test.each([
  ['fails at once', 0],
  ['waits for half a minute', 30 * SECOND_MS],
  ['waits for a minute', MINUTE_MS],
  ['waits for a minute, twice', 2 * MINUTE_MS],
])('a step that %s is tried for about a quarter of an hour', (_what, tryMs) => {
  const { tries, minutes } = askedAfter(tryMs);
  expect(minutes).toBeGreaterThanOrEqual(15);
  expect(minutes).toBeLessThan(18);
  expect(tries).toBeGreaterThan(5);
});

test('a step that takes hours is tried three times, and one at the wrong storage for seconds', () => {
  expect(askedAfter(120 * MINUTE_MS).tries).toBe(3);
  const wrong = askedAfter(SECOND_MS, 'WrongStorage');
  expect(wrong.tries).toBe(3);
  expect(wrong.minutes).toBeLessThan(1);
});
