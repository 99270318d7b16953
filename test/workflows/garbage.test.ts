// Garbage that is collected in read-only mode: people see the list first, and pushes are accepted again whatever happens.

import { heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CollectionPreview } from '../../contracts/registry-activities.ts';
import { type AllActivities, fakeActivities, planningWith } from './fake-activities.ts';
import { openWindow } from './open-window.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterAll(() => rig.close());

/** The plan of a product that lists its garbage and collects it in read-only mode. */
const makePlan: AllActivities['makePlan'] = async (facts) => {
  const plan = await planningWith({ collectsReadOnly: true })(facts);
  const collect = {
    id: 'collect-garbage',
    number: 11,
    phase: 'waiting-for-approval',
    title: 'Collect garbage',
  } as const;
  return { ...plan, steps: [...plan.steps.slice(0, -2), collect, ...plan.steps.slice(-2)] };
};

const listing =
  (lists: Record<string, Partial<CollectionPreview>>): AllActivities['previewCollection'] =>
  async ({ name }) => ({
    blobs: 3,
    unexpected: 0,
    digest: 'sha256:garbage',
    key: `${name}.ndjson`,
    ...lists[name],
  });

/** From the first look at the garbage on. */
const sinceListed = (calls: string[]): string[] =>
  calls.slice(calls.findIndex((call) => call.startsWith('previewCollection')));

it('is listed, asked about by the digest of the list, and collected in a window of its own', async () => {
  const { calls, activities } = fakeActivities({ makePlan });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    const { waitingFor } = await migration.waitFor('the question', (status) => {
      return status.waitingFor?.topic === 'garbage-collection';
    });
    expect(waitingFor).toMatchObject({ planDigest: 'sha256:garbage' });
    expect(waitingFor!.text).toContain('the 3 blobs');
    expect(waitingFor!.text).toContain('garbage-asked.ndjson');
    await migration.decide('garbage-collection');
    await expect(migration.result()).resolves.toMatchObject({
      outcome: 'migrated',
      garbageCollection: 'done',
    });
  });
  expect(sinceListed(calls).slice(0, 7)).toEqual([
    'previewCollection asked',
    'setReadOnly true',
    'proveReadOnly',
    'previewCollection now',
    'collectGarbage',
    'setReadOnly false',
    'proveWritable',
  ]);
});

it.each([
  ['nobody agrees', 'declined', {}, 'reject'],
  ['images have lost what they needed meanwhile', 'failed', { now: { unexpected: 1 } }, 'approve'],
] as const)('removes nothing when %s', async (_why, garbageCollection, lists, verdict) => {
  const { calls, activities } = fakeActivities({ makePlan, previewCollection: listing(lists) });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.decide('garbage-collection', verdict);
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated', garbageCollection });
  });
  expect(calls).not.toContain('collectGarbage');
  expect(calls.lastIndexOf('setReadOnly false')).toBeGreaterThan(calls.lastIndexOf('setReadOnly true'));
});

it('asks nobody when there is none', async () => {
  const { calls, activities } = fakeActivities({
    makePlan,
    previewCollection: listing({ asked: { blobs: 0 } }),
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await expect(migration.result()).resolves.toMatchObject({ garbageCollection: 'done' });
  });
  expect(calls).not.toContain('collectGarbage');
});

it('a collection that fails ends with pushes accepted, and the registry has moved all the same', async () => {
  const { calls, activities } = fakeActivities({
    makePlan,
    async collectGarbage() {
      throw ApplicationFailure.nonRetryable('ended with status 1', 'RegistryTaskFailed');
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.decide('garbage-collection');
    await expect(migration.result()).resolves.toMatchObject({
      outcome: 'migrated',
      garbageCollection: 'failed',
    });
  });
  expect(sinceListed(calls)).toEqual(expect.arrayContaining(['setReadOnly false', 'proveWritable']));
});

it('a cancelled collection ends before pushes are accepted again', async () => {
  const order: string[] = [];
  const { activities } = fakeActivities({
    makePlan,
    async collectGarbage() {
      order.push('collecting');
      try {
        for (;;) {
          heartbeat();
          await sleep(50);
        }
      } catch (error) {
        // What is ended takes its time to end.
        await new Promise((resolve) => setTimeout(resolve, 700));
        order.push('ended');
        throw error;
      }
    },
    setReadOnly: async ({ readOnly }) => void order.push(`read-only ${readOnly}`),
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await migration.decide('garbage-collection');
    await expect.poll(() => order.includes('collecting'), { timeout: 20_000 }).toBe(true);
    await migration.cancel();
    expect(await migration.result()).toMatchObject({ outcome: 'migrated', garbageCollection: 'failed' });
  });
  expect(order.slice(order.indexOf('collecting'))).toEqual(['collecting', 'ended', 'read-only false']);
});
