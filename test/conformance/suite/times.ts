// When objects were written: by this decides who goes back to an old storage whether somebody else has used it since.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TRAPS } from './lists.ts';
import type { Subject } from './subject.ts';

/** Some servers cut times to seconds. */
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

export function times({ storage, put, opened }: Subject): void {
  test('of the last write or copy, and none of what is not there', async () => {
    await put('a/old', '1');
    await put('a/replaced', '1');
    await sleep(2 * SECOND_MS);
    await put('a/replaced', '2');
    await storage().copyWithin('a/old', 'b');
    const found = await storage().writtenAt(['a/old', 'a/replaced', 'b', 'none', 'no/where', 'a']);
    expect([...found.keys()].sort()).toEqual(['a/old', 'a/replaced', 'b']);
    const [old, replaced, copied] = ['a/old', 'a/replaced', 'b'].map((key) => found.get(key) as number);
    expect(replaced! - old!).toBeGreaterThanOrEqual(SECOND_MS);
    expect(copied! - old!).toBeGreaterThanOrEqual(SECOND_MS);
    // In milliseconds since 1970; the servers of tests have the clock of this machine
    expect(Math.abs(Date.now() - copied!)).toBeLessThan(HOUR_MS);
    expect(await storage().writtenAt([])).toEqual(new Map());
  });

  test('of each of the keys with odd characters', async () => {
    const all = TRAPS.filter((key) => opened().refuses?.(key) !== true);
    for (const key of all) await put(key, 'x');
    expect([...(await storage().writtenAt(all)).keys()].sort()).toEqual([...all].sort());
  });

  test('no more once it is aborted', async () => {
    await put('object', 'x');
    const reason = new Error('cancelled by the test');
    const asked = storage().writtenAt(['object'], { signal: AbortSignal.abort(reason) });
    await expect(asked).rejects.toBe(reason);
  });
}
