// A registry is well when its replicas are, and enough of them: one of three that says OK of itself takes no push.

import { expect, test } from 'vitest';
import { clusterStatusShape } from './dtr-shapes.ts';
import type { Dtr } from './dtr.ts';
import { healthProblem } from './health.ts';

const NOW = '2026-11-28T12:00:00Z';
const LONG_AGO = '2026-11-28T11:00:00Z';

const problem = async (answer: object, ...replicas: string[]): Promise<string | undefined> =>
  await healthProblem(
    { replicas: [], api: { get: async () => clusterStatusShape.parse(answer) } } as unknown as Dtr,
    replicas,
  );

test('one replica, and each of a majority, is well beside those that are lost', async () => {
  expect(await problem({ replica_health: { a: 'OK' } }, 'a')).toBeUndefined();
  const oneLost = { replica_health: { a: 'OK', b: 'OK', c: 'not reachable' } };
  expect(await problem(oneLost, 'a', 'b')).toBeUndefined();
  expect(await problem(oneLost, 'a', 'c')).toBe('replica c: not reachable');
  // Who does not say who its members are is not judged by their number
  expect(await problem({ replica_health: { a: 'OK' }, replica_readonly: {} }, 'a')).toBeUndefined();
});

test.each<[string, object, string]>([
  [
    'lost',
    { replica_health: { a: 'OK', b: 'not reachable', c: 'not reachable' } },
    '1 of 3 replicas are well, and 2',
  ],
  [
    'silent for long',
    {
      replica_health: { a: 'OK', b: 'OK', c: 'OK' },
      replica_timestamp: { a: NOW, b: LONG_AGO, c: LONG_AGO },
    },
    '1 of 3 replicas are well, and 2',
  ],
  [
    'unknown to the health',
    { replica_health: { a: 'OK' }, replica_readonly: { a: true, b: true } },
    '1 of 2 replicas are well, and 2',
  ],
  [
    'not reached by the database',
    {
      replica_health: { a: 'OK', b: 'OK', c: 'OK', d: 'OK' },
      current_issues: ['c', 'd'].map((id) => ({ description: `not reachable: dtr_rethinkdb_${id}` })),
    },
    '2 of 4 replicas are well, and 3',
  ],
])('without a majority none is well: the others are %s', async (_what, answer, words) => {
  expect(await problem(answer, 'a')).toContain(`no majority: ${words}`);
});
