// The list of tags when pushes have stopped is what the new storage is held to, so an empty one is not believed.

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
