// Nothing is destroyed before it is proved: whatever is found before the point of no return undoes everything, on both paths.

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationPath } from '../../contracts/names.ts';
import { type AllActivities, CLOSURE, fakeActivities, FIRST, SECOND, state } from './fake-activities.ts';
import { openWindow } from './open-window.ts';
import { failureOf, type Rig, startRig } from './rig.ts';
import { expectWayOut } from './way-out.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** A registry that is other than the plan found it, from when it is read-only. */
function changedInWindow(changed: Partial<typeof state>): Partial<AllActivities> {
  let isReadOnly = false;
  return {
    setReadOnly: async ({ readOnly }) => void (isReadOnly = readOnly),
    inspectRegistry: async () => ({ ...state, readOnly: isReadOnly, ...(isReadOnly && changed) }),
  };
}

const oneShard = {
  shards: 1,
  sourceObjects: 10,
  sourceBytes: 1000,
  copyObjects: 1,
  copyBytes: 100,
  removeObjects: 0,
};
const shard = { copiedObjects: 0, copiedBytes: 0, removedObjects: 0, damaged: 0, vanished: 0, proofs: {} };

/** A final delta whose only list comes to that. */
const finalDelta = (copyShard: AllActivities['copyShard']): Partial<AllActivities> => ({
  planPass: async ({ final }) => ({ ...oneShard, shards: final ? 1 : 0 }),
  copyShard,
});

const UNPROVED: [what: string, type: string, found: Partial<AllActivities>][] = [
  [
    'a blob of the final list is not at the destination, however often it is copied',
    'NotProved',
    { checkClosure: async ({ name }) => ({ ...CLOSURE, missing: name === 'source' ? 0 : 1 }) },
  ],
  [
    'what was pushed through a replica did not come along',
    'NotProved',
    {
      findCanaries: async ({ storage, canaries }) =>
        canaries.map((canary) => ({ ...canary, key: storage === 's3-prod' ? null : 'canary' })),
    },
  ],
  [
    'a tag has changed since the final list',
    'SourceUnstable',
    {
      compareTags: async ({ name }) => ({
        unchanged: 7,
        added: 0,
        changed: name === 'proved' ? 1 : 0,
        removed: 0,
        untagged: 0,
        key: name,
      }),
    },
  ],
  ['somebody has turned read-only off', 'SourceUnstable', changedInWindow({ readOnly: false })],
  [
    'somebody has turned collection on again',
    'SourceUnstable',
    changedInWindow({ collection: { words: ['onlinegc @daily'], value: [] } }),
  ],
  [
    'the registry is somewhere else by now',
    'SourceUnstable',
    changedInWindow({ storage: { driver: 's3', fields: {}, volume: '' } }),
  ],
  [
    'an object is damaged that nobody has accepted',
    'DamagedBlob',
    finalDelta(async () => ({ ...shard, damaged: 1 })),
  ],
  [
    'objects vanish although nothing writes',
    'SourceUnstable',
    finalDelta(async () => ({ ...shard, vanished: 1 })),
  ],
  [
    'the destination refuses the final delta',
    'AccessDenied',
    finalDelta(async () => {
      throw ApplicationFailure.nonRetryable('403', 'AccessDenied');
    }),
  ],
];

const NO_RETURN = ['switchStorage s3-prod', `takeDownReplica ${FIRST}`, `takeDownReplica ${SECOND}`];

/** Both paths prove in one place; of the other one it is enough to see that it does. */
describe.each<[MigrationPath, typeof UNPROVED]>([
  ['best-practice', UNPROVED],
  ['read-only', UNPROVED.slice(0, 3)],
])('by the %s path nothing is risked when', (path, unproved) => {
  it.each(unproved)('%s', async (_what, type, found) => {
    const { calls, activities } = fakeActivities(found);
    const failure = await rig.run(
      activities,
      async (migration) => {
        await openWindow(migration);
        return failureOf(migration);
      },
      { path },
    );
    expect(failure.type).toBe(type);
    expectWayOut(calls);
    // The destination holds again what was pushed
    const [marked, pushed] = ['marked', 'pushed'].map((side) => calls.lastIndexOf(`writeCanaries ${side}`));
    expect(pushed! >= marked!).toBe(true);
    for (const call of NO_RETURN) expect(calls).not.toContain(call);
  });
});

it('nothing is risked when the final backup holds less than the registry serves', async () => {
  const asked: unknown[] = [];
  const { calls, activities } = fakeActivities({
    async backUpMetadata({ name, holding }) {
      asked.push(holding);
      if (name === 'final') throw ApplicationFailure.nonRetryable('table tags has 0 rows', 'BackupInvalid');
      return null;
    },
  });
  const failure = await rig.run(
    activities,
    async (migration) => {
      await openWindow(migration);
      return failureOf(migration);
    },
    { path: 'best-practice' },
  );
  expect(failure.type).toBe('BackupInvalid');
  expect(asked).toEqual([null, { repositories: 2, tags: 7, manifests: 8, blobs: 9, links: 12 }]);
  expectWayOut(calls);
  for (const call of NO_RETURN) expect(calls).not.toContain(call);
});

it('what was behind in the first listing is copied again inside the window', async () => {
  let looks = 0;
  const { calls, activities } = fakeActivities({
    async checkClosure({ name }) {
      if (name === 'destination') looks += 1;
      return { ...CLOSURE, missing: name === 'destination' && looks === 1 ? 1 : 0 };
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    const { passes } = await migration.result();
    expect(passes.filter(({ final }) => final)).toHaveLength(2);
  });
  expect(looks).toBe(2);
  expectWayOut(calls);
});

it('no plan is made where workers mean different things by one name', async () => {
  const { calls, activities } = fakeActivities({
    findWorkers: async () => ({ workers: [], findings: ['The workers have different inventories.'] }),
  });
  await rig.run(activities, async (migration) => {
    expect(await failureOf(migration)).toEqual({
      type: 'PreflightFailed',
      message: 'The workers have different inventories.',
    });
  });
  expect(calls).toEqual(['resolveMigration', 'findWorkers']);
});
