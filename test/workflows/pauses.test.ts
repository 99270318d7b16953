// A person holds an operation and lets it go on: between steps and between lists, never in the window, and whatever becomes of
// workers meanwhile. What runs is finished, and the way out is there as always.

import { heartbeat, sleep } from '@temporalio/activity';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationPath } from '../../contracts/names.ts';
import type { AuditEntry, PauseAnswer, Progress } from '../../contracts/operation.ts';
import { fakeActivities, state, STORED } from './fake-activities.ts';
import { openWindow } from './open-window.ts';
import { failureOf, type Rig, type RunningMigration, startRig } from './rig.ts';
import { expectWayOut } from './way-out.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const WHO = { by: 'ops', reason: 'a backup until six' };

const pause = (migration: RunningMigration): Promise<PauseAnswer> => migration.update('pause', WHO);
const resume = (migration: RunningMigration): Promise<PauseAnswer> =>
  migration.update('resume', { by: 'dev' });
const signal = (migration: RunningMigration, name: string, argument: unknown): Promise<void> =>
  rig.client.workflow.getHandle(migration.workflowId).signal(name, argument);

const holds = (migration: RunningMigration) =>
  migration.waitFor('the hold', ({ paused }) => paused?.holds === true);
const said = (audit: AuditEntry[]): string[] =>
  audit.map(({ question, event, by = '' }) => `${question || '-'} ${event} ${by}`.trim());

/** A pass of so many lists, each of which ends when it is let. */
function heldBack(shards: number) {
  const begun: number[] = [];
  let most = 0;
  return {
    begun,
    let: (lists: number) => void (most = lists),
    activities: {
      planPass: async ({ pass }: { pass: number }) => ({
        shards: pass === 1 ? shards : 0,
        sourceObjects: shards,
        sourceBytes: shards,
        copyObjects: pass === 1 ? shards : 0,
        copyBytes: pass === 1 ? shards : 0,
        removeObjects: 0,
      }),
      async copyShard({ shard }: { shard: number }) {
        begun.push(shard);
        while (shard >= most) {
          heartbeat();
          await sleep(50);
        }
        return {
          copiedObjects: 1,
          copiedBytes: 1,
          removedObjects: 0,
          damaged: 0,
          vanished: 0,
          proofs: { server: 1 },
        };
      },
    },
  };
}

/** Lists that are copied at once. */
const IN_FLIGHT = 16;

const passOf = ({ workflowId }: RunningMigration) => rig.client.workflow.getHandle(`${workflowId}/pass-1`);
const inHandOf = async (migration: RunningMigration) =>
  (await passOf(migration).query<Progress | null>('progress'))?.inHand;
/** The pass has heard of a pause when it stands in its history. */
const untilHeard = (migration: RunningMigration) =>
  expect
    .poll(async () => JSON.stringify((await passOf(migration).fetchHistory()).events), { timeout: 20_000 })
    .toContain('"signalName":"hold"');

describe('between two steps', () => {
  it('holds while a question may be answered, and goes on; who and why is shown and on record', async () => {
    let reported: AuditEntry[] = [];
    const { calls, activities } = fakeActivities({
      async writeReport({ audit }) {
        reported = audit;
        return { key: 'report.html' };
      },
    });
    await rig.run(activities, async (migration) => {
      await migration.waitFor('the plan', ({ waitingFor }) => waitingFor !== null);
      expect(await pause(migration)).toMatchObject({ paused: { ...WHO, holds: false } });
      expect(await migration.update('pause', { by: 'another' })).toMatchObject({ paused: WHO });
      await migration.decide('plan');
      const { step, phase } = await holds(migration);
      expect({ step: step.id, phase }).toEqual({ step: 'pause-collection', phase: 'preparing' });
      expect(calls).not.toContain('pauseCollection');
      const handle = rig.client.workflow.getHandle(migration.workflowId);
      const { typedSearchAttributes } = await handle.describe();
      expect(typedSearchAttributes.get(defineSearchAttributeKey('TransshipPhase', 'KEYWORD'))).toBe('paused');
      const shown = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(shown.currentDetails).toMatch(/\*\*Paused\*\* since \S+ by ops: a backup until six/);

      expect(await resume(migration)).toEqual({ paused: null });
      expect(await resume(migration)).toEqual({ paused: null });
      await migration.decide('window');
      await migration.result();
    });
    expect(said(reported)).toEqual([
      'plan asked',
      '- paused ops',
      'plan approved tester',
      '- resumed dev',
      'window asked',
      'window approved tester',
    ]);
    expect(reported[1]).toMatchObject({ comment: WHO.reason, channel: 'update' });
    expectWayOut(calls);
  });

  it('takes a signal as well, and keeps out what names nobody', async () => {
    const { calls, activities } = fakeActivities();
    await rig.run(activities, async (migration) => {
      await migration.waitFor('the plan', ({ waitingFor }) => waitingFor !== null);
      for (const nobody of [null, 'ops', { by: ' ' }, { by: 5 }, { reason: 'x' }]) {
        await expect(migration.update('pause', nobody)).rejects.toThrow(WorkflowUpdateFailedError);
        await signal(migration, 'pause', nobody);
      }
      const long = 'x'.repeat(100_000);
      await signal(migration, 'pause', { by: `a\u202E\n${long}`, reason: long });
      const { paused, audit } = await migration.waitFor('the pause', (now) => now.paused !== null);
      expect(paused?.by).toMatch(/^a\uFFFD x+/);
      expect(audit.filter(({ event }) => event === 'refused')).toHaveLength(5);
      expect(JSON.stringify(audit).length).toBeLessThan(5000);
      await signal(migration, 'resume', { by: 'dev' });
      await migration.waitFor('the end of the pause', (now) => now.paused === null);
      await openWindow(migration);
      await migration.result();
    });
    expectWayOut(calls);
  });

  it('is taken fifty times, and going on always', async () => {
    const { activities } = fakeActivities();
    await rig.run(activities, async (migration) => {
      await migration.waitFor('the plan', ({ waitingFor }) => waitingFor !== null);
      for (let times = 0; times < 50; times += 1) {
        await signal(migration, 'pause', WHO);
        await signal(migration, 'resume', WHO);
      }
      await migration.waitFor('all of them', ({ audit }) => audit.length === 101);
      await expect(pause(migration)).rejects.toMatchObject({ cause: { type: 'PauseRefused' } });
      expect(await resume(migration)).toEqual({ paused: null });
      await migration.decide('plan', 'reject');
      await failureOf(migration);
    });
  });
});

describe('between two lists', () => {
  it.each([10, 0])(
    'finishes those in hand and begins no other, until it goes on: %i workflows in the cache',
    async (maxCachedWorkflows) => {
      const lists = heldBack(40);
      const { calls, activities } = fakeActivities(lists.activities);
      await rig.run(
        activities,
        async (migration) => {
          await migration.decide('plan');
          await expect.poll(() => lists.begun.length, { timeout: 30_000 }).toBe(IN_FLIGHT);
          await pause(migration);
          await untilHeard(migration);
          expect(await inHandOf(migration)).toBe(IN_FLIGHT);
          lists.let(40);
          await expect.poll(() => inHandOf(migration), { timeout: 20_000 }).toBe(0);
          expect(lists.begun).toHaveLength(IN_FLIGHT);
          expect((await migration.status()).paused).toMatchObject({ holds: false });

          await resume(migration);
          await migration.decide('window');
          await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
        },
        { maxCachedWorkflows },
      );
      expect(lists.begun.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, list) => list));
      expectWayOut(calls);
    },
  );

  it('goes on in a new run while it is held, and is held there', async () => {
    const lists = heldBack(40);
    lists.let(3);
    const { activities } = fakeActivities(lists.activities);
    await rig.run(activities, async (migration) => {
      await migration.decide('plan');
      await expect.poll(() => lists.begun.length, { timeout: 30_000 }).toBeGreaterThan(3);
      await pause(migration);
      lists.let(40);
      const pass = passOf(migration);
      await expect.poll(() => inHandOf(migration), { timeout: 30_000 }).toBe(0);
      const { length } = lists.begun;
      const { runId } = await pass.describe();
      // Only words make its history long now
      while ((await pass.describe()).runId === runId)
        await Promise.all(Array.from({ length: 50 }, () => pass.signal('hold', true)));
      expect(await pass.query('progress')).toMatchObject({ inHand: 0 });
      expect(lists.begun).toHaveLength(length);
      await resume(migration);
      await migration.decide('window');
      await migration.result();
      await rig.replay(`${migration.workflowId}/pass-1`, runId);
    });
    expect(new Set(lists.begun).size).toBe(40);
  });
});

describe('before the window', () => {
  it('asked for in the last look it does not open; then what came in is copied, and it is looked again', async () => {
    let looks = 0;
    let ask: (() => Promise<unknown>) | undefined;
    const { calls, activities } = fakeActivities({
      async inspectRegistry() {
        looks += 1;
        if (looks === 2) await ask?.();
        return { ...state, readOnly: calls.includes('setReadOnly true') };
      },
    });
    await rig.run(activities, async (migration) => {
      ask = () => pause(migration);
      await openWindow(migration);
      const { window, step } = await holds(migration);
      expect({ opened: window.openedAt, step: step.id }).toEqual({ opened: null, step: 'open-window' });
      expect(calls).not.toContain('setReadOnly true');
      const passes = calls.filter((call) => call === 'planPass').length;
      await resume(migration);
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
      const before = calls.slice(0, calls.indexOf('setReadOnly true'));
      expect(before.filter((call) => call === 'planPass')).toHaveLength(passes + 1);
      expect(before.filter((call) => call === 'inspectRegistry')).toHaveLength(3);
    });
    expectWayOut(calls);
  });
});

describe('in the window', () => {
  it('is refused with why, and nothing is held', async () => {
    let finish = false;
    const { calls, activities } = fakeActivities({
      async snapshotTags({ name }) {
        while (name === 'final' && !finish) {
          heartbeat();
          await sleep(50);
        }
        return { repositories: 2, tags: 7, key: name };
      },
    });
    await rig.run(activities, async (migration) => {
      await openWindow(migration);
      await migration.waitFor('the window', () => calls.includes('snapshotTags final'));
      await expect(pause(migration)).rejects.toMatchObject({
        cause: { type: 'PauseRefused', message: expect.stringContaining('prod refuses pushes') as string },
      });
      await signal(migration, 'pause', WHO);
      const { audit, paused } = await migration.waitFor('the refusal', (now) =>
        now.audit.some(({ event }) => event === 'refused'),
      );
      expect(audit.at(-1)).toMatchObject({ by: 'ops', comment: WHO.reason });
      expect(audit.at(-1)?.reason).toContain('where the budget and the way out rule');
      expect(paused).toBeNull();
      finish = true;
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
    });
    expectWayOut(calls);
  });
});

describe('a cancellation while it is paused', () => {
  it('between two steps undoes what was begun', async () => {
    let begun = false;
    const { calls, activities } = fakeActivities({
      async backUpMetadata({ name }) {
        begun = true;
        while (!told) await sleep(50);
        return { key: name, sha256: '', bytes: 1, version: '2.7.9', replica: 'x', rows: {}, stored: STORED };
      },
    });
    let told = false;
    await rig.run(activities, async (migration) => {
      await migration.decide('plan');
      await migration.waitFor('the backup', () => begun);
      await pause(migration);
      told = true;
      await holds(migration);
      await migration.cancel();
      expect((await failureOf(migration)).type).toBe('CancelledFailure');
      expect(await migration.status()).toMatchObject({ phase: 'failed', paused: null });
    });
    expect(calls.slice(-4)).toEqual([
      'resumeCollection',
      'removeCanaries',
      'releaseDestination',
      'writeReport',
    ]);
  });

  it('between two lists ends the pass', async () => {
    const lists = heldBack(40);
    const { calls, activities } = fakeActivities(lists.activities);
    await rig.run(activities, async (migration) => {
      await migration.decide('plan');
      await expect.poll(() => lists.begun.length, { timeout: 30_000 }).toBe(IN_FLIGHT);
      await pause(migration);
      await untilHeard(migration);
      lists.let(40);
      await expect.poll(() => inHandOf(migration), { timeout: 20_000 }).toBe(0);
      await migration.cancel();
      expect((await failureOf(migration)).type).toBe('CancelledFailure');
      expect((await migration.status()).paused).toBeNull();
    });
    expect(lists.begun).toHaveLength(IN_FLIGHT);
    expect(calls).toContain('resumeCollection');
  });

  it.each<MigrationPath>(['read-only', 'best-practice'])(
    'when the registry has moved lets it go forward: %s',
    async (path) => {
      let ask: (() => Promise<unknown>) | undefined;
      const { calls, activities } = fakeActivities({
        async verifyImages({ name }) {
          if (name === 'rest') await ask?.();
          return {
            tags: 7,
            checkedTo: name === 'window' ? 3 : 7,
            manifests: 7,
            blobs: 9,
            pulledTags: 7,
            pulledBytes: 99,
            problems: 0,
            known: 0,
            unverified: 0,
            key: 'verification.ndjson',
          };
        },
      });
      await rig.run(
        activities,
        async (migration) => {
          ask = () => pause(migration);
          await openWindow(migration);
          const approved = path === 'best-practice' ? migration.decide('garbage-collection') : undefined;
          await approved;
          await holds(migration);
          expect(calls).not.toContain('resumeCollection');
          await migration.cancel();
          await expect(migration.result()).resolves.toMatchObject({
            outcome: 'migrated',
            garbageCollection: path === 'best-practice' ? 'declined' : 'not-part-of-this-path',
          });
        },
        { path },
      );
      expect(calls).not.toContain('collectGarbage');
      expectWayOut(calls);
    },
  );
});
