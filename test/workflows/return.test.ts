// Back to the previous storage: the same steps as on the read-only path, to where the journal says.

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StorageActivities, Superseded } from '../../contracts/storage-activities.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import { fakeActivities, resolvingTo } from './fake-activities.ts';
import { openWindow } from './open-window.ts';
import { failureOf, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const options = { workflowType: WORKFLOW_TYPES.returnToPrevious, input: { registry: 'prod' } };
const superseded: Superseded = {
  since: '2026-11-01T10:00:00.000Z',
  removed: 321,
  replaced: 2,
  foreign: { objects: 0, examples: [] },
  key: 'superseded.ndjson',
};

/** From where both know their destination. */
const onwards = ({ calls }: { calls: string[] }): string[] => calls.slice(calls.indexOf('claimDestination'));

it('is the read-only path to the storage that was found, and people are told which', async () => {
  const there = fakeActivities();
  await rig.run(there.activities, async (migration) => {
    await openWindow(migration);
    return migration.result();
  });
  const back = fakeActivities();
  const result = await rig.run(
    back.activities,
    async (migration) => {
      expect(await migration.waitFor('a plan', (now) => now.waitingFor !== null)).toMatchObject({
        ...{ kind: 'migration', title: 'prod → prod-volume (read-only)' },
        details: { path: 'read-only', registry: 'prod', destination: 'prod-volume' },
        waitingFor: { text: expect.stringContaining('from s3-prod to prod-volume') as string },
      });
      await openWindow(migration);
      return migration.result();
    },
    options,
  );
  expect(result).toMatchObject({ outcome: 'migrated', destination: 'prod-volume', path: 'read-only' });
  expect(onwards(back)).toEqual(
    onwards(there).map((call) => call.replace('switchStorage s3-prod', 'switchStorage prod-volume')),
  );
  expect(back.calls).toContain('switchStorage prod-volume');
});

it('takes what the old storage holds otherwise into the plan, and lets each pass remove as much', async () => {
  const passes: Parameters<StorageActivities['planPass']>[0][] = [];
  let planned: Superseded | null | undefined;
  const { activities } = fakeActivities();
  await rig.run(
    {
      ...activities,
      lookAtDestination: async () => ({ problem: null, superseded }),
      async makePlan(facts) {
        planned = facts.superseded;
        return await activities.makePlan(facts);
      },
      async planPass(request) {
        passes.push(request);
        return await activities.planPass(request);
      },
    },
    async (migration) => {
      await openWindow(migration);
      await migration.result();
    },
    options,
  );
  expect(planned).toEqual(superseded);
  expect(passes.map(({ final }) => final)).toEqual([false, false, false, true]);
  expect(passes.map(({ removals }) => removals)).toEqual([321, 321, 321, 321]);
});

it('says why there is nowhere to go back to, and looks at nothing else', async () => {
  const { calls, activities } = fakeActivities({
    async resolveReturn() {
      throw ApplicationFailure.nonRetryable('no earlier storage', 'InvalidInput');
    },
  });
  await rig.run(
    activities,
    async (migration) => {
      expect(await failureOf(migration)).toEqual({ type: 'InvalidInput', message: 'no earlier storage' });
      expect((await migration.status()).title).toBe('prod → its previous storage (read-only)');
    },
    options,
  );
  expect(calls).toEqual(['resolveReturn']);
});

it('stops after the plan in a dry run', async () => {
  const { calls, activities } = fakeActivities({ resolveReturn: resolvingTo({ dryRun: true }) });
  const result = await rig.run(activities, (migration) => migration.result(), options);
  expect(result).toMatchObject({ outcome: 'planned', plan: 'plan.txt' });
  expect(calls).not.toContain('claimDestination');
});
