// Listings of services that sort in their own way come out in byte order, or not at all.

import { describe, expect, test } from 'vitest';
import { compareKeys } from '../byte-order.ts';
import { inByteOrder, startBefore } from './listed-order.ts';

async function order(keys: string[]): Promise<string[]> {
  async function* listing() {
    for (const key of keys) yield { key, size: 0 };
  }
  const found: string[] = [];
  for await (const { key } of inByteOrder(listing(), 'here')) found.push(key);
  return found;
}

const PIECES = ['a', '-', '/', '😀', '𝒳', 'ﬀ', '漢', '\u{10FFFF}', '\uFFFD'];

/** Everything of up to three pieces. */
const KEYS = [
  ...PIECES,
  ...PIECES.flatMap((a) => PIECES.flatMap((b) => [a + b, ...PIECES.map((c) => a + b + c)])),
];

describe('a listing', () => {
  test('in the order of UTF-16 units or of bytes comes in the order of bytes', async () => {
    const inBytes = [...new Set(KEYS)].sort(compareKeys);
    const inUnits = [...new Set(KEYS)].sort();
    expect(inUnits).not.toEqual(inBytes);
    expect(await order(inUnits)).toEqual(inBytes);
    expect(await order(inBytes)).toEqual(inBytes);
  });

  test.each([
    ['a repeated page', ['a', 'b', 'a', 'b']],
    ['the same object twice', ['a', 'a']],
    ['folders before their neighbours', ['a/b', 'a-b']],
  ])('with %s is refused', async (_, keys) => {
    await expect(order(keys)).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });

  test('that starts after a key leaves out none that follows it in bytes', () => {
    for (const after of KEYS) {
      const from = startBefore(after);
      const follows = KEYS.filter((key) => compareKeys(key, after) > 0);
      expect({ after, missed: follows.filter((key) => key < from || compareKeys(key, from) < 0) }).toEqual({
        after,
        missed: [],
      });
    }
  });
});
