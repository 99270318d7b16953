import { expect, test, vi } from 'vitest';
import { PATIENCE, patienceWith, Tries } from './patience.ts';
import { pause } from './pause.ts';

/** Tries, and the shortest and longest waits between them. */
async function waitsOf(work: keyof typeof PATIENCE, atMost = 10) {
  const slept: number[] = [];
  const patience = patienceWith((ms) => Promise.resolve(void slept.push(ms)));
  for (const random of [0, 1]) {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    const tries = new Tries(patience[work]);
    while (!tries.isLast && tries.made < atMost) await tries.next();
  }
  vi.restoreAllMocks();
  return slept;
}

test('production waits this long', async () => {
  expect(await waitsOf('request')).toEqual([100, 200, 300, 600]);
  expect(await waitsOf('s3')).toEqual([50, 150]);
  expect(await waitsOf('swift')).toEqual([100, 200, 400, 300, 600, 1200]);
  expect(await waitsOf('throttled')).toEqual([
    ...[250, 500, 1000, 2000, 4000, 8000],
    ...[750, 1500, 3000, 6000, 12_000, 24_000],
  ]);
  expect(await waitsOf('object')).toEqual([250, 500, 750, 1500]);
  expect(await waitsOf('image')).toEqual([250, 250, 500, 500]);
  expect(await waitsOf('segments', 3)).toEqual([100, 100, 200, 200]);
  expect(await waitsOf('registry', 3)).toEqual([125, 125, 250, 250]);
  expect(Object.values(PATIENCE).every(({ sleep }) => sleep === pause)).toBe(true);
});

test('a service is given what it asks for, and no more than the most', async () => {
  const slept: number[] = [];
  const { swift } = patienceWith((ms) => Promise.resolve(void slept.push(ms)));
  const tries = new Tries(swift);
  await tries.next(undefined, 2000);
  await tries.next(undefined, 60_000);
  expect(slept).toEqual([2000, 30_000]);
});
