import { describe, expect, it } from 'vitest';
import { addSample, isSlow, NO_LATENCY } from './slowness.ts';

const slow = (samples: number[], slowdown = 2): boolean =>
  isSlow(samples.reduce(addSample, NO_LATENCY), slowdown);

describe('a registry', () => {
  it('is slow when all its latest answers take so many times longer than its fastest', () => {
    expect(slow([100, 110, 200, 250, 220])).toBe(true);
    expect(slow([100, 110, 200, 250, 199])).toBe(false);
    expect(slow([100, 250, 250, 250], 3)).toBe(false);
  });

  it('is not slow because of one slow answer', () => {
    expect(slow([100, 100, 5000, 100])).toBe(false);
  });

  it('is not slow by less than people notice', () => {
    expect(slow([1, 15, 15, 15])).toBe(false);
    expect(slow([1, 21, 21, 21])).toBe(true);
  });

  it('is well again with the first fast answer', () => {
    expect(slow([100, 300, 300, 300, 120])).toBe(false);
  });

  it('is not judged by its first answers', () => {
    expect(slow([])).toBe(false);
    expect(slow([10, 500])).toBe(false);
  });
});
