// A backup goes in the order that keeps its set consistent, and whatever happens, garbage collection comes back. A
// verification with a problem fails.

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SetCheck } from '../../contracts/backup.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import {
  type AllActivities,
  backupSubject,
  fakeActivities,
  SET,
  state,
  verificationSubject,
} from './fake-activities.ts';
import { failureOf, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const backup = { workflowType: WORKFLOW_TYPES.backup, input: { registry: 'prod' } };
const verification = { workflowType: WORKFLOW_TYPES.verification, input: { set: 'prod' } };
const broken = async (): Promise<never> => {
  throw ApplicationFailure.nonRetryable('there is no such disk', 'StorageMismatch');
};
const collection = { words: ['gc 0 0 1 * * 6'], value: [] };
const collecting = {
  inspectRegistry: async () => ({ ...state, collection }),
  pauseCollection: async () => ({ saved: collection }),
  resumeCollection: async () => ({ resumed: collection.words }),
} satisfies Partial<AllActivities>;

describe('a backup', () => {
  it('pauses, takes the metadata, lists links and images, and copies the blobs last', async () => {
    const { calls, activities } = fakeActivities(collecting);
    const result = await rig.run(activities, async (operation) => operation.result(), backup);
    expect(calls).toEqual([
      'resolveBackup',
      'inspectRegistry',
      'pauseCollection',
      'snapshotTags before',
      'backUpSetMetadata',
      'backUpTree',
      'listSetImages',
      'backUpBlobs',
      'sealSet',
      'resumeCollection',
      'writeBackupReport',
    ]);
    expect(result).toMatchObject({
      outcome: 'backed-up',
      set: `prod/${SET}`,
      tags: 7,
      report: 'report.html',
    });
  });

  it('says what it is', async () => {
    let shown: unknown;
    const { activities } = fakeActivities(collecting);
    await rig.run(
      activities,
      async (operation) => {
        await operation.result();
        shown = await operation.status();
      },
      backup,
    );
    expect(shown).toMatchObject({
      ...{ kind: 'backup', phase: 'done', title: 'backup of prod to main', report: 'report.html' },
      subject: { kind: 'registry', name: 'prod' },
      details: { registry: 'prod', repository: 'main', set: SET },
    });
  });

  it.each([
    'pauseCollection',
    'snapshotTags',
    'backUpSetMetadata',
    'backUpTree',
    'listSetImages',
    'backUpBlobs',
    'sealSet',
  ] as const)('that fails at %s puts the collection back, and is reported', async (step) => {
    const reports: unknown[] = [];
    const { calls, activities } = fakeActivities({
      ...collecting,
      [step]: broken,
      writeBackupReport: async (facts) => {
        reports.push(facts);
        return { key: 'report.html' };
      },
    });
    expect(await rig.run(activities, failureOf, backup)).toEqual({
      type: 'StorageMismatch',
      message: 'there is no such disk',
    });
    expect(calls.slice(calls.findIndex((call) => call.startsWith(step)) + 1)).toEqual([
      'resumeCollection',
      'writeBackupReport',
    ]);
    expect(reports).toMatchObject([
      { manifest: null, failure: { type: 'StorageMismatch' }, resumed: collection.words },
    ]);
  });

  it('that is cancelled while it copies puts the collection back', async () => {
    const { promise: copying, resolve: copies } = Promise.withResolvers<void>();
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>();
    const { activities: well } = fakeActivities();
    const { calls, activities } = fakeActivities({
      ...collecting,
      async backUpBlobs(request) {
        copies();
        await cancelled;
        return await well.backUpBlobs(request);
      },
    });
    await rig.run(
      activities,
      async (operation) => {
        await copying;
        await operation.cancel();
        cancel();
        await expect(operation.result()).rejects.toThrow('Workflow execution cancelled');
      },
      backup,
    );
    expect(calls.slice(-2)).toEqual(['resumeCollection', 'writeBackupReport']);
    expect(calls).not.toContain('sealSet');
  });

  it('does not give up putting the collection back, and says why it waits', async () => {
    let tries = 0;
    const { activities } = fakeActivities({
      ...collecting,
      async resumeCollection() {
        tries += 1;
        if (tries < 2) return await broken();
        return { resumed: collection.words };
      },
    });
    const seen = await rig.run(
      activities,
      async (operation) => {
        const { problem } = await operation.waitFor('trouble', (now) => now.problem !== null);
        await operation.result();
        return problem;
      },
      backup,
    );
    expect(seen).toContain('there is no such disk');
    expect(tries).toBe(2);
  });

  it('that is only planned counts, and touches nothing', async () => {
    const { calls, activities } = fakeActivities({
      ...collecting,
      resolveBackup: async () => ({ ...backupSubject, dryRun: true }),
    });
    const result = await rig.run(activities, async (operation) => operation.result(), backup);
    expect(calls).toEqual(['resolveBackup', 'inspectRegistry', 'planBackup']);
    expect(result).toMatchObject({ outcome: 'planned', set: null, content: { newBlobs: 3 }, report: '' });
  });
});

describe('a verification', () => {
  const PROBLEMS: Pick<SetCheck, 'problems' | 'examples' | 'key'> = {
    problems: 12,
    examples: [{ what: 'tags.ndjson', reason: 'is missing' }],
    key: 'set-problems.ndjson',
  };

  it('checks the set, reads content, and notes that all is well', async () => {
    const { calls, activities } = fakeActivities();
    const result = await rig.run(activities, async (operation) => operation.result(), verification);
    expect(calls).toEqual(['resolveVerification', 'checkSet', 'rehashContent', 'noteVerified']);
    expect(result).toMatchObject({ set: `prod/${SET}`, deep: { blobs: 1, of: { blobs: 9 } } });
  });

  it('reads no content where nobody asks for it', async () => {
    const { calls, activities } = fakeActivities({
      resolveVerification: async () => ({ ...verificationSubject, deepBytes: null }),
    });
    const result = await rig.run(activities, async (operation) => operation.result(), verification);
    expect(calls).toEqual(['resolveVerification', 'checkSet', 'noteVerified']);
    expect(result).toMatchObject({ deep: null });
  });

  it.each(['checkSet', 'rehashContent'] as const)(
    'whose %s finds a problem fails with it, and the set is not noted as verified',
    async (step) => {
      const { activities: well } = fakeActivities();
      const { calls, activities } = fakeActivities({
        checkSet: async (request) => ({
          ...(await well.checkSet(request)),
          ...(step === 'checkSet' && PROBLEMS),
        }),
        rehashContent: async (request) => ({
          ...(await well.rehashContent(request)),
          ...(step === 'rehashContent' && PROBLEMS),
        }),
      });
      expect(await rig.run(activities, failureOf, verification)).toEqual({
        type: 'SetInvalid',
        message: `prod/${SET} has 12 problems: tags.ndjson is missing. All of them are in set-problems.ndjson in the journal.`,
      });
      expect(calls).not.toContain('noteVerified');
    },
  );
});
