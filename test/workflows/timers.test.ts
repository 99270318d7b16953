// What happens when people and servers let time pass: hours and days of it, lived through in seconds.

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../contracts/inventory.ts';
import type { MigrationTopic } from '../../contracts/migration.ts';
import type { AuditEntry } from '../../contracts/operation.ts';
import { type AllActivities, fakeActivities, resolvingTo, subject } from './fake-activities.ts';
import { failureOf, type Rig } from './rig.ts';
import { expectWayOut } from './way-out.ts';
import { startTimeSkippingRig } from './time-skipping-rig.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

let rig: Rig;
beforeAll(async () => {
  rig = await startTimeSkippingRig();
});
afterAll(() => rig.close());

const expiringIn = (topic: MigrationTopic, expiresInMs: number): AllActivities['resolveMigration'] => {
  const policy: ApprovalPolicy = { ...subject.approvals[topic], expiresInMs };
  return resolvingTo({ approvals: { ...subject.approvals, [topic]: policy } });
};

/** Milliseconds of workflow time between the question and its end. */
const waitedFor = (audit: AuditEntry[], question: MigrationTopic): number => {
  const at = (event: AuditEntry['event']): number =>
    Date.parse(audit.find((entry) => entry.question === question && entry.event === event)!.at);
  return at('expired') - at('asked');
};

it('ends with nothing done when nobody approves the plan within 24 h', async () => {
  const { calls, activities } = fakeActivities({
    resolveMigration: expiringIn('plan', 24 * HOUR_MS),
  });
  await rig.run(activities, async (migration) => {
    expect((await failureOf(migration)).type).toBe('ApprovalExpired');
    const { audit } = await migration.status();
    expect(waitedFor(audit, 'plan')).toBeGreaterThanOrEqual(24 * HOUR_MS);
  });
  expect(calls.slice(calls.indexOf('makePlan') + 1)).toEqual([
    'removeCanaries',
    'releaseDestination',
    'writeReport',
  ]);
});

it('changes nothing but puts the schedule back when nobody opens the window within 24 h', async () => {
  const { calls, activities } = fakeActivities({
    resolveMigration: expiringIn('window', 24 * HOUR_MS),
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    expect((await failureOf(migration)).type).toBe('ApprovalExpired');
    expect(waitedFor((await migration.status()).audit, 'window')).toBeGreaterThanOrEqual(24 * HOUR_MS);
  });
  expect(calls.slice(-4)).toEqual([
    'resumeCollection',
    'removeCanaries',
    'releaseDestination',
    'writeReport',
  ]);
  expect(calls).not.toContain('setReadOnly true');
});

it('ends well when nobody decides on the garbage collection within 72 h, with the schedule put back', async () => {
  const { calls, activities } = fakeActivities({
    resolveMigration: expiringIn('garbage-collection', 72 * HOUR_MS),
    resumeCollection: async () => ({ resumed: ['gc 0 0 1 * * *'] }),
  });
  await rig.run(
    activities,
    async (migration) => {
      await migration.decide('plan');
      await migration.decide('window');
      expect(await migration.result()).toMatchObject({
        outcome: 'migrated',
        garbageCollection: 'declined',
      });
      const { audit } = await migration.status();
      expect(waitedFor(audit, 'garbage-collection')).toBeGreaterThanOrEqual(72 * HOUR_MS);
    },
    { path: 'best-practice' },
  );
  expect(calls.some((call) => call.startsWith('collectGarbage'))).toBe(false);
  expectWayOut(calls);
});

it('opens the registry again when it does not answer for all of a window of 30 min', async () => {
  const { calls, activities } = fakeActivities({
    // Time is skipped only while no activity runs: this one is always about to be tried again.
    async snapshotTags({ name }) {
      if (name === 'final') throw ApplicationFailure.retryable('no answer', 'RegistryUnhealthy');
      return { repositories: 1, tags: 7, key: name };
    },
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    expect((await failureOf(migration)).type).toBe('WindowBudgetSpent');
    const { window } = await migration.status();
    const lengthMs = Date.parse(window.closedAt!) - Date.parse(window.openedAt!);
    expect(lengthMs).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    expect(lengthMs).toBeLessThan(31 * MINUTE_MS);
  });
  expect(calls.filter((call) => call === 'snapshotTags final').length).toBeGreaterThan(100);
  expectWayOut(calls);
  expect(calls).not.toContain('switchStorage s3-prod');
});

it('keeps trying the way out for as long as a person needs, and shows why it does not succeed', async () => {
  const refusals = 60;
  let refused = 0;
  const { calls, activities } = fakeActivities({
    async setReadOnly({ readOnly }) {
      if (readOnly || refused++ === refusals) return;
      throw ApplicationFailure.nonRetryable('401', 'AccessDenied');
    },
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    const { problem } = await migration.waitFor('the problem', (now) => now.problem !== null);
    expect(problem).toBe('AccessDenied: 401');
    await migration.result();
    const { window, problem: atLast } = await migration.status();
    expect(Date.parse(window.closedAt!) - Date.parse(window.openedAt!)).toBeGreaterThanOrEqual(
      15 * MINUTE_MS,
    );
    expect(atLast).toBeNull();
  });
  expect(calls.filter((call) => call === 'setReadOnly false')).toHaveLength(refusals + 1);
});

/** The trail says when somebody would have been asked; nobody has to hurry while hours are skipped. */
const askingNobody = resolvingTo({
  approvals: { ...subject.approvals, recovery: { ...subject.approvals.recovery, required: false } },
});

it('asks a person when what must happen after the point of no return has failed for a while', async () => {
  const failures = 24;
  let looks = 0;
  const { calls, activities } = fakeActivities({
    resolveMigration: askingNobody,
    async waitUntilHealthy() {
      if (looks++ < failures) throw ApplicationFailure.retryable('no answer', 'RegistryUnhealthy');
    },
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    expect(await migration.result()).toMatchObject({ outcome: 'migrated' });
    const { audit } = await migration.status();
    const at = (question: string): number =>
      Date.parse(audit.findLast((entry) => entry.question === question)!.at);
    expect(at('recovery') - at('window')).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    expect(at('recovery') - at('window')).toBeLessThan(60 * MINUTE_MS);
  });
  expectWayOut(calls);
});

it('tries without end where the policy asks nobody, and with pauses that a history has room for', async () => {
  const failures = 30;
  let [switches, looks] = [0, 0];
  const { calls, activities } = fakeActivities({
    resolveMigration: askingNobody,
    async proveServedFrom() {
      if (switches++ < failures)
        throw ApplicationFailure.nonRetryable('no such repository', 'RegistryRefused');
    },
    async compareTags({ name }) {
      const removed = name === 'lost' && looks++ < failures ? 1 : 0;
      return { unchanged: 7, added: 0, changed: 0, removed, untagged: 0, key: name };
    },
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.decide('window');
    expect(await migration.result()).toMatchObject({ outcome: 'migrated' });
    const { window, audit } = await migration.status();
    expect(Date.parse(window.closedAt!) - Date.parse(window.openedAt!)).toBeGreaterThanOrEqual(6 * HOUR_MS);
    expect(audit.some(({ event }) => event === 'not-required')).toBe(true);
  });
  expectWayOut(calls);
});
