import { expect, it } from 'vitest';
import { durationText, formatDuration, parseDuration } from './duration.ts';

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

it('writes durations so that the same is read again', () => {
  for (const text of ['90061s', '4h', '10m', '1h30m', '59s', '366d', '1d1s'])
    expect(parseDuration(durationText(parseDuration(text)!))).toBe(parseDuration(text));
  expect([5_400_000, 86_461_500, 0].map(durationText)).toEqual(['1h30m', '1d1m1.5s', '0s']);
});
