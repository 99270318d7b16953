// Results come in order, from a bounded number of calls at once.

import { expect, test } from 'vitest';
import { mapOrdered } from './ordered-pool.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('results come in the order of the items, and no more than the limit run at once', async () => {
  let running = 0;
  let most = 0;
  const delays = [30, 1, 20, 1, 1, 10];
  const results = await collect(
    mapOrdered(delays.entries(), 3, async ([index, delay]) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => void setTimeout(resolve, delay));
      running -= 1;
      return index;
    }),
  );
  expect(results).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(3);
});

test('the first failure in order ends the pool', async () => {
  const results = [
    Promise.resolve(),
    Promise.reject(new Error('second')),
    Promise.reject(new Error('third')),
  ];
  await expect(collect(mapOrdered(results.keys(), 3, (index) => results[index]!))).rejects.toThrow('second');
});
