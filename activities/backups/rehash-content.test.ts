// Which content is read next, and when all of it has been.

import { expect, test } from 'vitest';
import { nextTurn, oneRound } from './rehash-content.ts';

const AT = '2026-11-28T14:15:00.000Z';
const digests = ['a', 'b', 'c', 'd', 'e'];
const sizes = new Map(digests.map((digest) => [digest, 10]));
const next = (behind: string, bytes: number) => nextTurn(digests, sizes, behind, { bytes, now: AT });

test('it reads no more than it may, and one object in any case', () => {
  expect(next('~', 25).chosen).toEqual(['a', 'b']);
  expect(next('~', 1).chosen).toEqual(['a']);
});

test('it goes on behind the last turn, and begins again at the end', () => {
  expect(next('b', 20)).toEqual({ chosen: ['c', 'd'], turns: [{ after: 'b', to: 'd', at: AT }] });
  expect(next('d', 30)).toEqual({
    chosen: ['e', 'a', 'b'],
    turns: [
      { after: 'd', to: '~', at: AT },
      { after: '', to: 'b', at: AT },
    ],
  });
});

test('nothing is read twice in a turn, however much it may', () => {
  expect(next('c', 1_000).chosen).toEqual(['d', 'e', 'a', 'b', 'c']);
});

test('an empty repository has nothing to read', () => {
  expect(nextTurn([], new Map(), '~', { bytes: 10, now: AT })).toEqual({ chosen: [], turns: [] });
});

test('after enough turns everything was read, and what is kept of them goes round once', () => {
  let turns: Parameters<typeof oneRound>[0] = [];
  const full: boolean[] = [];
  for (let day = 1; day <= 9; day += 1) {
    const now = `2026-11-0${day}T00:00:00.000Z`;
    const turn = nextTurn(digests, sizes, turns.at(-1)?.to ?? '~', { bytes: 20, now });
    const { kept, isFull } = oneRound([...turns, ...turn.turns]);
    turns = kept;
    full.push(isFull);
  }
  // Two, two, and then one and one of the next round: all five on the third day.
  expect(full).toEqual([false, false, true, true, true, true, true, true, true]);
  expect(turns.length).toBeLessThanOrEqual(5);
  expect(turns[0]!.at >= '2026-11-06').toBe(true);
});
