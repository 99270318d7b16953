import { expect, test } from 'vitest';
import type { Cron } from './collection.ts';
import { isSameCron } from './cron-meaning.ts';

const CRON: Cron = {
  action: 'onlinegc',
  schedule: '0 0 1 * * 6',
  retries: 2,
  capacityMap: null,
  parameters: null,
  deadline: '15m',
  stopTimeout: '30s',
};

test.each<[Partial<Cron>, Partial<Cron>]>([
  [{ schedule: '@weekly' }, { schedule: '0 0 0 * * 0' }],
  [{ schedule: '@Weekly' }, { schedule: ' 0  0 0 ? * SUN' }],
  [{ schedule: '0 0 0 * * 7' }, { schedule: '@weekly' }],
  [{ schedule: '0 00 01 1 JAN *' }, { schedule: '0 0 1 1 1 *' }],
  [{ schedule: '0 */15 * * * *' }, { schedule: '0 */15 */1 * * ?' }],
  [{ deadline: '15m' }, { deadline: '15m0s' }],
  [{ deadline: '90m' }, { deadline: '1h30m0s' }],
  [{ stopTimeout: '' }, { stopTimeout: '0s' }],
  [{ parameters: null }, { parameters: {} }],
  [{ capacityMap: { scan: 1, other: 2 } }, { capacityMap: { other: 2, scan: 1 } }],
])('%j is %j', (a, b) => {
  expect(isSameCron({ ...CRON, ...a }, { ...CRON, ...b })).toBe(true);
});

test.each<[Partial<Cron>, Partial<Cron>]>([
  [{}, { action: 'gc' }],
  [{}, { schedule: '0 0 1 * * 5' }],
  [{ schedule: '@weekly' }, { schedule: '@daily' }],
  [{}, { retries: 3 }],
  [{}, { deadline: '' }],
  [{}, { deadline: '15m1s' }],
  [{}, { stopTimeout: 'soon' }],
  [{ parameters: { a: '1' } }, { parameters: { a: '2' } }],
  [{ capacityMap: { scan: 1 } }, {}],
])('%j is not %j', (a, b) => {
  expect(isSameCron({ ...CRON, ...a }, { ...CRON, ...b })).toBe(false);
});
