// Compares two listings of any length in one go, holding no more than one entry of each.

import { TransshipError } from '../transship-error.ts';

export type Merged<L, R> = { left: L; right?: R } | { left?: undefined; right: R };

/**
 * Yields each key once, in order, with what either side has under it. Both must be in the order of `compare` without
 * a key twice; anything else throws, because a difference that comes of disorder would copy or remove wrongly.
 */
export async function* mergeListings<L extends { key: string }, R extends { key: string }>(
  left: AsyncIterable<L>,
  right: AsyncIterable<R>,
  compare: (a: string, b: string) => number,
): AsyncGenerator<Merged<L, R>> {
  const lefts = inOrder('left', left, compare)[Symbol.asyncIterator]();
  const rights = inOrder('right', right, compare)[Symbol.asyncIterator]();
  try {
    let [l, r] = await Promise.all([lefts.next(), rights.next()]);
    while (!l.done || !r.done) {
      const order = l.done ? 1 : r.done ? -1 : compare(l.value.key, r.value.key);
      if (order < 0) {
        yield { left: l.value as L };
        l = await lefts.next();
      } else if (order > 0) {
        yield { right: r.value as R };
        r = await rights.next();
      } else {
        yield { left: l.value as L, right: r.value as R };
        [l, r] = await Promise.all([lefts.next(), rights.next()]);
      }
    }
  } finally {
    await Promise.all([lefts.return(undefined), rights.return(undefined)]);
  }
}

async function* inOrder<T extends { key: string }>(
  side: string,
  listing: AsyncIterable<T>,
  compare: (a: string, b: string) => number,
): AsyncGenerator<T> {
  let last: string | undefined;
  for await (const entry of listing) {
    if (last !== undefined && compare(last, entry.key) >= 0) {
      throw new TransshipError(
        'StorageUnavailable',
        `the ${side} listing is out of order: ${entry.key} came after ${last}`,
      );
    }
    last = entry.key;
    yield entry;
  }
}
