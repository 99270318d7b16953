// What is not believed, and what is told: an empty list of tags when pushes have stopped, and a replica that says nothing when
// they are to go on.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { fakeActivities } from './fake-activities.ts';
import { failureOf, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

it('undoes everything when the registry lists no tag any more', async () => {
  const { calls, activities } = fakeActivities({
    snapshotTags: async ({ name }: { name: string }) => ({
      repositories: 1,
      tags: name === 'final' ? 0 : 7,
      key: name,
    }),
  });
  const failure = await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    return failureOf(migration);
  });
  expect(failure).toMatchObject({ type: 'SourceUnstable', message: expect.stringContaining('listed 7') });
  expect(calls).not.toContain('switchStorage s3-prod');
  expect(calls).toContain('setReadOnly false');
  expect(calls).toContain('resumeCollection');
});

it('ends, and tells of a replica that does not say whether it takes pushes again', async () => {
  let told: unknown;
  const { activities } = fakeActivities({
    proveWritable: async () => [
      { replica: '000000000001', status: 201 },
      { replica: '000000000002', status: 0, problem: 'it got no answer' },
    ],
    writeReport: async ({ window }: { window: unknown }) => {
      told = window;
      return { key: 'report.html' };
    },
  });
  const status = await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    await migration.result();
    return await migration.status();
  });
  const unproved = ['000000000002: it got no answer'];
  expect(status.window.unproved).toEqual(unproved);
  expect(told).toMatchObject({ unproved });
});
