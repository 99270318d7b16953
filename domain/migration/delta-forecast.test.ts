import { describe, expect, it } from 'vitest';
import type { PassSummary } from '../../contracts/migration.ts';
import { forecastDelta, judgePasses } from './delta-forecast.ts';

const MINUTE_MS = 60_000;

const pass = (durationMs: number, copied: number): PassSummary => ({
  pass: 1,
  final: false,
  sourceObjects: 1000,
  sourceBytes: 1000,
  copiedObjects: copied,
  copiedBytes: copied,
  removedObjects: 0,
  damaged: 0,
  vanished: 0,
  proofs: {},
  durationMs,
});

describe('forecastDelta', () => {
  it('knows nothing after the first pass', () => {
    expect(forecastDelta([pass(MINUTE_MS, 1000)], 0)).toBeUndefined();
  });

  it('expects the listing alone when the last pass copied nothing', () => {
    expect(forecastDelta([pass(MINUTE_MS, 1000), pass(5000, 0)], 0)).toBe(5000);
  });

  it('grows with the time that changes had to come in', () => {
    const passes = [pass(10 * MINUTE_MS, 1000), pass(MINUTE_MS, 100)];
    const atOnce = forecastDelta(passes, 0)!;
    expect(atOnce).toBeLessThan(MINUTE_MS);
    expect(forecastDelta(passes, 60 * MINUTE_MS)!).toBeGreaterThan(atOnce);
  });
});

describe('judgePasses', () => {
  it('copies again until the forecast fits a quarter of the budget', () => {
    const first = pass(30 * MINUTE_MS, 1000);
    expect(judgePasses([first], 4 * MINUTE_MS)).toBe('copy-again');
    expect(judgePasses([first, pass(3 * MINUTE_MS, 10)], 4 * MINUTE_MS)).toBe('copy-again');
    expect(judgePasses([first, pass(3 * MINUTE_MS, 10), pass(MINUTE_MS, 1)], 4 * MINUTE_MS)).toBe('fits');
  });

  it('gives up when passes do not get shorter', () => {
    const same = Array.from({ length: 4 }, () => pass(10 * MINUTE_MS, 500));
    expect(judgePasses([pass(30 * MINUTE_MS, 1000), ...same.slice(0, 3)], 4 * MINUTE_MS)).toBe('copy-again');
    expect(judgePasses([pass(30 * MINUTE_MS, 1000), ...same], 4 * MINUTE_MS)).toBe('no-progress');
  });
});
