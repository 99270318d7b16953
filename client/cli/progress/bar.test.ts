// A bar is full when everything is done, and not before.

import { describe, expect, test } from 'vitest';
import { renderBar } from './bar.ts';

describe('a bar', () => {
  test.each([
    [0, 100, '[░░░░░░░░░░]   0 %'],
    [50, 100, '[█████░░░░░]  50 %'],
    [999, 1000, '[█████████░]  99 %'],
    [100, 100, '[██████████] 100 %'],
    [0, 0, '[░░░░░░░░░░]   0 %'],
    [120, 100, '[██████████] 100 %'],
  ])('of %i of %i', (done, total, expected) => {
    expect(renderBar(done, total, 10)).toBe(expected);
  });
});
