// How a migration ends that has moved the registry: what is wrong by then is said, and nothing is done that could lose more.

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fakeActivities, FIRST, resolvingTo, SECOND, subject } from './fake-activities.ts';
import { openWindow } from './open-window.ts';
import { failureOf, type Rig, startRig } from './rig.ts';
import { expectWayOut } from './way-out.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const verified = {
  manifests: 7,
  blobs: 9,
  pulledTags: 0,
  pulledBytes: 0,
  problems: 0,
  known: 0,
  unverified: 0,
  key: 'verification.ndjson',
};

it('garbage stays where it is when the rest could not be looked at', async () => {
  const { calls, activities } = fakeActivities({
    verifyImages: async ({ name }) => {
      if (name === 'rest') throw ApplicationFailure.nonRetryable('another inventory', 'InventoryChanged');
      return { ...verified, tags: 3, checkedTo: 3, key: `verification-${name}.ndjson` };
    },
  });
  const failure = await rig.run(activities, async (migration) => {
    await openWindow(migration);
    return failureOf(migration);
  });
  expect(failure.type).toBe('InventoryChanged');
  expect(calls).toContain('proveWritable');
  expect(calls).not.toContain('resumeCollection');
});

it.each(['read-only', 'best-practice'] as const)(
  'what is found missing when pushes go on is said, and neither switched back nor collected: %s',
  async (path) => {
    const { calls, activities } = fakeActivities({
      // The window has time for three of seven tags.
      verifyImages: async ({ name }) => ({
        ...verified,
        tags: name === 'window' ? 3 : 7,
        checkedTo: name === 'window' ? 3 : 7,
        problems: name === 'rest' ? 1 : 0,
        key: `verification-${name}.ndjson`,
      }),
    });
    const failure = await rig.run(
      activities,
      async (migration) => {
        await openWindow(migration);
        return failureOf(migration);
      },
      { path },
    );
    expect(failure).toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('verification-rest.ndjson'),
    });
    expect(calls).toContain('setReadOnly false');
    for (const call of ['switchStorage prod-volume', 'collectGarbage', 'resumeCollection'])
      expect(calls).not.toContain(call);
    expect(calls.at(-1)).toBe('writeReport');
  },
);

it('a replica that cannot be taken down is a matter for a person, with the registry read-only', async () => {
  let mended = false;
  const { calls, activities } = fakeActivities({
    async takeDownReplica({ replica }) {
      if (replica === FIRST && !mended)
        throw ApplicationFailure.nonRetryable('destroy ended with 1', 'CommandFailed');
    },
  });
  await rig.run(
    activities,
    async (migration) => {
      await openWindow(migration);
      const { waitingFor, problem } = await migration.waitFor(
        'the question',
        (now) => now.waitingFor?.topic === 'recovery',
      );
      expect(problem).toBe('CommandFailed: destroy ended with 1');
      expect(waitingFor!.choices).toEqual(['try-again', 'restore-again', 'restore-unseen', 'stay-read-only']);
      await migration.cancel();
      expect(calls).not.toContain('setReadOnly false');
      mended = true;
      await migration.decide('recovery', 'approve', 'try-again');
      // The registry has moved: what cancelling still can mean is not to collect
      await expect(migration.result()).resolves.toMatchObject({
        outcome: 'migrated',
        garbageCollection: 'declined',
      });
    },
    { path: 'best-practice' },
  );
  expect(calls.filter((call) => call === `takeDownReplica ${SECOND}`)).toHaveLength(1);
  expectWayOut(calls);
});

it('a question that nobody answers is asked again, with the registry read-only', async () => {
  const { calls, activities } = fakeActivities({
    resolveMigration: resolvingTo({
      approvals: { ...subject.approvals, recovery: { ...subject.approvals.recovery, expiresInMs: 1000 } },
    }),
    async takeDownReplica() {
      throw ApplicationFailure.nonRetryable('destroy ended with 1', 'CommandFailed');
    },
  });
  const failure = await rig.run(
    activities,
    async (migration) => {
      await openWindow(migration);
      await migration.waitFor('the second question', ({ audit }) =>
        audit.some(({ question, event }) => question === 'recovery#2' && event === 'asked'),
      );
      expect(calls).not.toContain('setReadOnly false');
      // Each is open for a second: one of them is answered
      const ended = failureOf(migration);
      for (let isRunning = true; isRunning;) {
        const { waitingFor, phase } = await migration.status();
        if (waitingFor !== null)
          await migration
            .update('decide', {
              decision: 'approve',
              choice: 'stay-read-only',
              question: waitingFor.id,
              planDigest: waitingFor.planDigest,
              by: 'tester',
            })
            .catch(() => undefined);
        isRunning = phase !== 'failed';
      }
      return ended;
    },
    { path: 'best-practice' },
  );
  expect(failure.type).toBe('LeftReadOnly');
});

it('a report that cannot be written makes no failure of a registry that has moved', async () => {
  const { activities } = fakeActivities({
    async writeReport() {
      throw ApplicationFailure.nonRetryable('the journal refuses', 'AccessDenied');
    },
  });
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated', report: '' });
    expect((await migration.status()).problem).toContain('the journal refuses');
  });
});

it('where the report lies is said by the result and by the status', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await openWindow(migration);
    const said = { report: 'report.html', reportPlace: '/srv/journal/report.html' };
    await expect(migration.result()).resolves.toMatchObject(said);
    expect(await migration.status()).toMatchObject(said);
  });
});

it('a collection of garbage that fails makes no failure of a registry that has moved', async () => {
  const { calls, activities } = fakeActivities({
    async collectGarbage() {
      throw ApplicationFailure.nonRetryable('errored', 'RegistryTaskFailed');
    },
  });
  await rig.run(
    activities,
    async (migration) => {
      await openWindow(migration);
      await migration.decide('garbage-collection');
      await expect(migration.result()).resolves.toMatchObject({
        outcome: 'migrated',
        garbageCollection: 'failed',
      });
    },
    { path: 'best-practice' },
  );
  expect(calls).toContain('resumeCollection');
});
