// The way into and out of read-only mode, with a cluster that says little, nothing, or what is no longer so.

import { expect, test, vi } from 'vitest';
import { TransshipError } from '../../../domain/transship-error.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { patienceWith } from '../../concurrency/patience.ts';
import { replicaProblem } from './cluster.ts';
import type { DtrClient } from './dtr-client.ts';
import { clusterStatusShape } from './dtr-shapes.ts';
import type { Dtr } from './dtr.ts';
import { setReadOnly } from './read-only.ts';

const IMPATIENT = patienceWith(() => new Promise((resolve) => setImmediate(resolve)));

/** `answers`: to each look at the cluster the next one, and the last one for ever. */
function dtrThatSays(...answers: unknown[]): { dtr: Dtr; posted: unknown[]; looks: () => number } {
  const posted: unknown[] = [];
  let looks = 0;
  const api = {
    post: async (path: string, body: unknown) => void posted.push([path, body]),
    async get() {
      const answer = answers[Math.min(looks, answers.length - 1)];
      looks += 1;
      if (answer instanceof Error) throw answer;
      return clusterStatusShape.parse(answer);
    },
  } as unknown as DtrClient;
  const meter = inProcessMeter(new AbortController().signal, IMPATIENT);
  return { dtr: { api, meter } as Dtr, posted, looks: () => looks };
}

const bothWell = { replica_health: { 1: 'OK', 2: 'OK' } };

test('every replica that says how it is is waited for', async () => {
  const { dtr, posted, looks } = dtrThatSays(
    { ...bothWell, replica_readonly: { 1: true, 2: false } },
    new TransshipError('RegistryUnhealthy', 'a moment'),
    { ...bothWell, replica_readonly: { 1: true, 2: true } },
  );
  await setReadOnly(dtr, true);
  expect(posted).toEqual([['meta/settings', { readOnlyRegistry: true }]]);
  expect(looks()).toBe(3);
});

test.each([
  ['says nothing of the mode', bothWell],
  ['says null', { ...bothWell, replica_readonly: null }],
  ['says it in words', { ...bothWell, replica_readonly: { 1: 'no', 2: 0 } }],
  ['leaves out those that are not', { ...bothWell, replica_readonly: {} }],
  ['says nothing at all', {}],
])('a cluster that %s leaves it to pushes, in and out', async (_name, answer) => {
  for (const readOnly of [true, false]) {
    const { dtr, looks } = dtrThatSays(answer);
    await setReadOnly(dtr, readOnly);
    expect(looks()).toBe(1);
  }
});

test('the way out does not wait for a replica that died in the window', async () => {
  const { dtr } = dtrThatSays({
    replica_health: { 1: 'OK', 2: 'Replica reported health too long ago: 2026-01-01T00:00:00Z' },
    replica_readonly: { 1: false, 2: true },
  });
  await expect(setReadOnly(dtr, false)).resolves.toBeUndefined();
});

test('the way out does not wait for ever for a status that cannot be had, or that never changes', async () => {
  let now = Date.now();
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 1000));
  for (const answer of [
    new TransshipError('RegistryUnhealthy', 'the cluster has no majority'),
    { ...bothWell, replica_readonly: { 1: true, 2: true } },
  ])
    await expect(setReadOnly(dtrThatSays(answer).dtr, false)).resolves.toBeUndefined();
  clock.mockRestore();
});

test.each([
  {
    rethink_system_tables: {
      current_issues: [{ critical: false, description: 'not reachable: dtr_rethinkdb_1' }],
    },
  },
  { current_issues: [{ critical: true, description: 'not reachable: dtr_rethinkdb_1' }] },
])('a replica that the others cannot reach is not well, whatever it says: %j', (issues) => {
  const status = clusterStatusShape.parse({ ...bothWell, ...issues });
  expect(replicaProblem(status, '1')).toContain('not reachable');
  expect(replicaProblem(status, '2')).toBeUndefined();
});

test('health that is far older than that of others is no health', () => {
  const status = clusterStatusShape.parse({
    replica_health: { 1: 'OK', 2: 'OK', 3: 'OK', 4: 'registry is ill', 5: 7 },
    replica_timestamp: { 1: '2026-01-01T00:10:00Z', 2: '2026-01-01T00:04:00Z', 4: '2026-01-01T00:10:00Z' },
  });
  expect(replicaProblem(status, '1')).toBeUndefined();
  expect(replicaProblem(status, '2')).toBe('reported its health last at 2026-01-01T00:04:00Z');
  // Where no time is said, none is judged.
  expect(replicaProblem(status, '3')).toBeUndefined();
  expect(replicaProblem(status, '4')).toBe('registry is ill');
  expect(replicaProblem(status, '5')).toBe('reports no health');
  expect(replicaProblem(status, '6')).toBe('not in the cluster');
});
