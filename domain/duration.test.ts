import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

it('reads durations as people write them', () => {
  expect(parseDuration('90s')).toBe(90_000);
  expect(parseDuration('1h30m')).toBe(5_400_000);
  expect(parseDuration('366d')).toBe(31_622_400_000);
  for (const wrong of [
    '',
    '30',
    'm',
    '1w',
    '-5m',
    '1.5h',
    '0s',
    ' 5m',
    '367d',
    `${'9'.repeat(400)}s`,
    '1s'.repeat(100),
  ])
    expect(parseDuration(wrong)).toBeUndefined();
});

it('writes durations as people read them', () => {
  expect(formatDuration(800)).toBe('0.8s');
  expect(formatDuration(42_000)).toBe('42s');
  expect(formatDuration(5_400_000)).toBe('1h 30m');
  expect(formatDuration(90_061_000)).toBe('1d 1h');
});
