// A sample of the images is spread over all of them.

import { expect, test } from 'vitest';
import { spread } from './sample.ts';

test.each([
  [10, 0, []],
  [10, 1, [0]],
  [10, 3, [0, 5, 9]],
  [2, 5, [0, 1]],
  [0, 3, []],
])('of %i images %i are chosen at %j', (count, wanted, positions) => {
  expect([...spread(count, wanted)]).toEqual(positions);
});
