// Removals: all that is named, nothing else.

import { expect, test } from 'vitest';
import { compareKeys } from '../../../activities/storage/byte-order.ts';
import { TRAPS } from './lists.ts';
import type { Subject } from './subject.ts';

export function removes({ storage, put, keys, opened }: Subject): void {
  test('many, what is not there too, and nothing else', async () => {
    for (const key of ['a/b/c', 'a/b/d', 'a/e', 'f', `it's $(x)`, '-rf']) await put(key, 'x');
    await storage().remove(['a/b/c', 'none', 'no/where', `it's $(x)`, 'a/b/d', '-rf', 'f']);
    expect(await keys()).toEqual(['a/e']);
    await storage().remove([]);
    await put('a/b', 'a file where a folder was');
    expect(await keys()).toEqual(['a/b', 'a/e']);
  });

  test('each of the keys with odd characters, and not its neighbours', async () => {
    const all = TRAPS.filter((key) => opened().refuses?.(key) !== true);
    for (const key of all) await put(key, 'x');
    const [gone, kept] = [0, 1].map((half) => all.filter((_, n) => n % 2 === half)) as [string[], string[]];
    await storage().remove(gone);
    expect(await keys()).toEqual(kept.sort(compareKeys));
  });

  test('nothing once it is aborted', async () => {
    await put('object', 'x');
    const reason = new Error('cancelled by the test');
    await expect(storage().remove(['object'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await keys()).toEqual(['object']);
  });
}
