// Crons off and on again, on a registry that writes what it is given in its own words, refuses some, or has forgotten them.

import { expect, test } from 'vitest';
import { type Cron, savedSchedules } from '../../../domain/registries/dtr/collection.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { inProcessMeter } from '../../concurrency/in-process-meter.ts';
import { patienceWith } from '../../concurrency/patience.ts';
import type { DtrClient } from './dtr-client.ts';
import { clusterStatusShape, cronShape } from './dtr-shapes.ts';
import type { Dtr } from './dtr.ts';
import { pauseCrons, resumeCrons, writingCrons } from './pause-crons.ts';

const IMPATIENT = patienceWith(() => new Promise((resolve) => setImmediate(resolve)));
const cron = (action: string, schedule: string, more: Partial<Cron> = {}): Cron =>
  cronShape.parse({ action, schedule, ...more });

const task = (action: string) => ({ id: `${action}-1`, action, status: 'running' });

type Tasks = { id: string; action: string; status: string }[];

/** `rewrite`: what it makes of what is posted; `tasks`: by look. */
function dtrWith(crons: Cron[], rewrite: (posted: Cron) => Cron = (posted) => posted, tasks: Tasks[] = [[]]) {
  const present = new Map(crons.map((one) => [one.action, one]));
  const posts: string[] = [];
  let looks = -1;
  const waited: string[] = [];
  const api = {
    async get(path: string) {
      if (path === 'crons') return { crons: [...present.values()] };
      if (path === 'meta/cluster_status') return clusterStatusShape.parse({});
      const action = new URLSearchParams(path.split('?')[1]).get('action');
      // The first that is asked for in each look.
      if (action === 'gc') looks += 1;
      const open = tasks[Math.min(looks, tasks.length - 1)]!;
      return { jobs: open.filter((task) => task.action === action) };
    },
    async post(_path: string, posted: Cron) {
      posts.push(posted.action);
      const taken = rewrite(cronShape.parse(posted));
      present.set(taken.action, taken);
    },
    delete: async (path: string) => void present.delete(path.split('/')[1]!),
  } as unknown as DtrClient;
  const meter = inProcessMeter(new AbortController().signal, IMPATIENT, (details) =>
    waited.push((details as { waitingFor: string }).waitingFor),
  );
  return { dtr: { api, meter } as Dtr, posts, waited, actions: () => [...present.keys()].sort() };
}

const GC = cron('onlinegc', '@weekly', { deadline: '15m', retries: 2 });
const MIRROR = cron('poll_mirror', '0 */15 * * * *');
const LICENSE = cron('license_update', '57 54 3 * * *');

test('whatever writes by a schedule stands still, and what is known to be harmless does not', async () => {
  const unknown = cron('next_years_action', '@daily');
  const { dtr, actions } = dtrWith([GC, MIRROR, LICENSE, unknown, cron('tag_prune', '@daily')]);
  const saved = await writingCrons(dtr);
  expect(saved.words).toEqual([
    'onlinegc @weekly',
    'poll_mirror 0 */15 * * * *',
    'next_years_action @daily',
    'tag_prune @daily',
  ]);
  await pauseCrons(dtr, saved);
  expect(actions()).toEqual(['license_update']);
  await resumeCrons(dtr, saved);
  expect(actions()).toEqual(['license_update', 'next_years_action', 'onlinegc', 'poll_mirror', 'tag_prune']);
});

test('what has begun is waited for, also of an action that nobody knows', async () => {
  const { dtr, waited } = dtrWith([], undefined, [[task('poll_mirror')], [task('next_years_action')], []]);
  await pauseCrons(dtr, savedSchedules([cron('next_years_action', '@daily')]));
  expect(waited).toEqual([
    'task poll_mirror (poll_mirror-1) to end',
    'task next_years_action (next_years_action-1) to end',
  ]);
});

test.each<[string, (posted: Cron) => Cron]>([
  ['six fields', (posted) => ({ ...posted, schedule: '0 0 0 * * 0', deadline: '15m0s' })],
  ['words that mean nothing to us', (posted) => ({ ...posted, schedule: 'every sunday', deadline: 'some' })],
])('a registry that writes a schedule in %s is given it once', async (_name, rewrite) => {
  const { dtr, posts } = dtrWith([], rewrite);
  await resumeCrons(dtr, savedSchedules([GC, MIRROR]));
  expect(posts).toEqual(['onlinegc', 'poll_mirror']);
});

test('a schedule that means the same is left as it is, and another one is replaced', async () => {
  const same = { ...GC, schedule: '0 0 0 ? * SUN', deadline: '15m0s', parameters: {} };
  const other = { ...MIRROR, deadline: '1h' };
  const { dtr, posts } = dtrWith([same, other]);
  await resumeCrons(dtr, savedSchedules([GC, MIRROR]));
  expect(posts).toEqual(['poll_mirror']);
});

test('one that is refused keeps none of the others away, and is said', async () => {
  const { dtr, actions, posts } = dtrWith([], (posted) => {
    if (posted.action === 'onlinegc') throw new TransshipError('RegistryRefused', 'no such action');
    return posted;
  });
  await expect(resumeCrons(dtr, savedSchedules([GC, MIRROR]))).rejects.toThrow('no such action');
  expect(actions()).toEqual(['poll_mirror']);
  expect(posts).toEqual(['onlinegc', 'poll_mirror']);
});
