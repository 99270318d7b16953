// A rate comes from what was seen lately, and says nothing before that.

import { describe, expect, test } from 'vitest';
import { createRateMeter } from './rate-meter.ts';

describe('a rate', () => {
  test('and the time left come from the last 20 seconds', () => {
    const meter = createRateMeter();
    meter.add(0, 0);
    meter.add(30_000, 1000);
    meter.add(40_000, 2000);
    expect(meter.perSecond()).toBe(100);
    expect(meter.remainingMs(3000)).toBe(10_000);
  });

  test('is unknown at first, and the time left when nothing moves', () => {
    const meter = createRateMeter();
    meter.add(0, 5);
    expect(meter.perSecond()).toBeUndefined();
    meter.add(5000, 5);
    expect(meter.perSecond()).toBe(0);
    expect(meter.remainingMs(10)).toBeUndefined();
  });

  test('begins anew with the next pass', () => {
    const meter = createRateMeter();
    meter.add(0, 0);
    meter.add(10_000, 5000);
    meter.add(11_000, 0);
    expect(meter.perSecond()).toBeUndefined();
    meter.add(13_000, 400);
    expect(meter.perSecond()).toBe(200);
  });
});
