// A restore changes nothing before a person agrees, can be undone until the metadata come back, and after that leaves what fails
// to a person, and never to a loop.

import { heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { RestoreReportFacts } from '../../contracts/restore.ts';
import { type AllActivities, fakeActivities, restoreSubject, SET, state } from './fake-activities.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const restore = { workflowType: WORKFLOW_TYPES.restore, input: { registry: 'prod' } };
const LOOK = [
  'resolveRestore',
  'checkSet',
  'listSet',
  'lookAtRegistry',
  'snapshotTags now',
  'compareTags',
  'compareWithSet',
  'restoreMetadata true',
  'makeRestorePlan',
];
const broken = async (): Promise<never> => {
  throw ApplicationFailure.nonRetryable('there is no such disk', 'StorageMismatch');
};
const approved = async (operation: RunningMigration): Promise<unknown> => {
  await operation.decide('restore');
  return await operation.result();
};
const reported = () => {
  const reports: RestoreReportFacts[] = [];
  const writeRestoreReport: AllActivities['writeRestoreReport'] = async (facts) => {
    reports.push(facts);
    return { key: 'report.html' };
  };
  return { reports, writeRestoreReport };
};

const approvedAndFailed = (activities: AllActivities) =>
  rig.run(
    activities,
    async (operation) => {
      await operation.decide('restore');
      return await failureOf(operation);
    },
    restore,
  );

it('asks, holds pushes, restores images and then the metadata, and opens when every tag was pulled', async () => {
  const { calls, activities } = fakeActivities();
  const result = await rig.run(activities, approved, restore);
  expect(calls).toEqual([
    ...LOOK,
    'setReadOnly true',
    'proveReadOnly',
    'restoreContent',
    'restoreMetadata false',
    'waitUntilHealthy',
    'verifyImages',
    'resumeCollection',
    'setReadOnly false',
    'writeRestoreReport',
  ]);
  expect(result).toMatchObject({
    ...{ outcome: 'restored', set: `prod/${SET}`, destination: 's3-prod', tags: 7, written: 20 },
    report: 'report.html',
  });
});

it('that is only planned changes nothing', async () => {
  const { calls, activities } = fakeActivities({
    resolveRestore: async () => ({ ...restoreSubject, dryRun: true }),
  });
  const result = await rig.run(activities, async (operation) => operation.result(), restore);
  expect(calls).toEqual(LOOK);
  expect(result).toMatchObject({ outcome: 'planned', planDigest: 'sha256:plan', report: '' });
});

it('that is rejected changes nothing, and is reported', async () => {
  const { reports, writeRestoreReport } = reported();
  const { calls, activities } = fakeActivities({ writeRestoreReport });
  const ended = await rig.run(
    activities,
    async (operation) => {
      await operation.decide('restore', 'reject');
      return await failureOf(operation);
    },
    restore,
  );
  expect(ended.type).toBe('ApprovalRejected');
  expect(calls).toEqual([...LOOK, 'writeRestoreReport']);
  expect(reports).toMatchObject([{ failure: { type: 'ApprovalRejected' }, content: null }]);
});

it('of a set that is not whole looks at nothing else', async () => {
  const { calls, activities } = fakeActivities({
    checkSet: async () => ({
      ...{ tags: 7, files: 6, blobs: 9, bytes: 1000, problems: 1, key: 'set-problems.ndjson' },
      examples: [{ what: 'tags.ndjson', reason: 'is missing' }],
    }),
  });
  expect(await rig.run(activities, failureOf, restore)).toMatchObject({
    type: 'SetInvalid',
    message: expect.stringContaining('tags.ndjson is missing') as string,
  });
  expect(calls).toEqual(['resolveRestore', 'checkSet']);
});

it.each(['proveReadOnly', 'restoreContent'] as const)(
  'that fails at %s lets pushes in again, and is reported',
  async (step) => {
    const { reports, writeRestoreReport } = reported();
    const { calls, activities } = fakeActivities({ [step]: broken, writeRestoreReport });
    const ended = await rig.run(
      activities,
      async (operation) => {
        await operation.decide('restore');
        return await failureOf(operation);
      },
      restore,
    );
    expect(ended.type).toBe('StorageMismatch');
    expect(calls.slice(-2)).toEqual(['setReadOnly false', 'writeRestoreReport']);
    expect(calls).not.toContain('restoreMetadata false');
    expect(reports[0]!.left.join(' ')).toContain('prod is as it was');
  },
);

it('that is cancelled while images are restored lets pushes in again', async () => {
  const { promise: copying, resolve: copies } = Promise.withResolvers<void>();
  const { calls, activities } = fakeActivities({
    async restoreContent() {
      copies();
      for (;;) {
        heartbeat();
        await sleep(50);
      }
    },
  });
  await rig.run(
    activities,
    async (operation) => {
      await operation.decide('restore');
      await copying;
      await operation.cancel();
      await expect(operation.result()).rejects.toThrow('Workflow execution cancelled');
    },
    restore,
  );
  expect(calls.slice(-2)).toEqual(['setReadOnly false', 'writeRestoreReport']);
});

it('leaves a registry as it is that was read-only before', async () => {
  const { calls, activities } = fakeActivities({
    lookAtRegistry: async () => ({ state: { ...state, readOnly: true }, problem: null }),
    restoreContent: broken,
  });
  const ended = await approvedAndFailed(activities);
  expect(ended.type).toBe('StorageMismatch');
  expect(calls).not.toContain('setReadOnly false');
});

it('of a registry that does not answer holds nothing', async () => {
  const { calls, activities } = fakeActivities({
    lookAtRegistry: async () => ({ state: null, problem: 'it is gone' }),
    snapshotTags: async () => {
      throw ApplicationFailure.nonRetryable('it is gone', 'RegistryUnhealthy');
    },
  });
  await rig.run(activities, approved, restore);
  expect(calls).not.toContain('setReadOnly true');
  expect(calls).not.toContain('compareTags');
  expect(calls).toContain('verifyImages');
});

it('that fails after the point of no return is done again by the choice of a person', async () => {
  let tries = 0;
  const { calls, activities } = fakeActivities({
    async restoreMetadata({ tryOnly }) {
      tries += tryOnly ? 0 : 1;
      if (!tryOnly && tries === 1) await broken();
    },
  });
  await rig.run(
    activities,
    async (operation) => {
      await operation.decide('restore');
      await operation.decide('recovery', 'approve', 'try-again');
      return await operation.result();
    },
    restore,
  );
  expect(tries).toBe(2);
  expect(calls.at(-2)).toBe('setReadOnly false');
});

it('whose images are not all served stays read-only if a person ends it', async () => {
  const { reports, writeRestoreReport } = reported();
  const { activities: well } = fakeActivities();
  const { calls, activities } = fakeActivities({
    verifyImages: async (request) => ({ ...(await well.verifyImages(request)), problems: 2 }),
    writeRestoreReport,
  });
  const ended = await rig.run(
    activities,
    async (operation) => {
      await operation.decide('restore');
      await operation.decide('recovery', 'approve', 'stay-read-only');
      return await failureOf(operation);
    },
    restore,
  );
  expect(ended.type).toBe('LeftReadOnly');
  expect(calls).not.toContain('setReadOnly false');
  expect(calls).not.toContain('resumeCollection');
  expect(reports[0]!.left.join(' ')).toContain('prod is read-only');
});

it('that fails after the point of no return ends where nobody is asked', async () => {
  const { activities } = fakeActivities({
    resolveRestore: async () => ({
      ...restoreSubject,
      approvals: {
        ...restoreSubject.approvals,
        recovery: { ...restoreSubject.approvals.recovery, required: false },
      },
    }),
    waitUntilHealthy: broken,
  });
  const ended = await approvedAndFailed(activities);
  expect(ended.type).toBe('LeftReadOnly');
});
