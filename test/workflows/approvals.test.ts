// Approvals: of exactly the open step and plan, by whom the policy allows, once, and all of it on record.

import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reasonOf } from '../../workflows/operation/failure.ts';
import type { AuditEntry, DecideAnswer } from '../../contracts/operation.ts';
import { fakeActivities, resolvingTo, subject } from './fake-activities.ts';
import { failureOf, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const decision = { question: 'plan', planDigest: 'sha256:plan', by: 'alice', decision: 'approve' } as const;

it('refuses a decision on another plan or question, and takes the right one with an answer', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor?.topic === 'plan');
    for (const wrong of [
      { planDigest: 'sha256:other' },
      { question: 'window' },
      { by: '' },
      { decision: 'maybe' },
    ])
      await expect(migration.update('decide', { ...decision, ...wrong })).rejects.toThrow(
        WorkflowUpdateFailedError,
      );
    const answer = await migration.update<DecideAnswer>('decide', decision);
    expect(answer).toMatchObject({ question: 'plan', outcome: 'approved', by: 'alice' });
    const again = await migration.update<DecideAnswer>('decide', decision);
    expect(again).toEqual(answer);
    await migration.decide('window');
    await migration.result();
    const { audit } = await migration.status();
    expect(audit.map((entry) => `${entry.question} ${entry.event}`)).toEqual([
      'plan asked',
      'plan approved',
      'window asked',
      'window approved',
    ]);
  });
});

it('keeps signals that do not fit out, and says so in the audit trail', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor?.topic === 'plan');
    const handle = rig.client.workflow.getHandle(migration.workflowId);
    await handle.signal('approve', { question: 'plan', planDigest: 'sha256:other', by: 'mallory' });
    await handle.signal('approve', null);
    const { audit, waitingFor } = await migration.waitFor('both refusals', (now) => now.audit.length === 3);
    expect(waitingFor?.topic).toBe('plan');
    expect(audit.slice(1).map((entry) => entry.event)).toEqual(['refused', 'refused']);
    expect(audit[2]).toMatchObject({ by: '', question: '' });
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
});

it('lets only the approvers of the policy decide', async () => {
  const { activities } = fakeActivities({
    resolveMigration: resolvingTo({
      approvals: { ...subject.approvals, plan: { ...subject.approvals.plan, approvers: ['bob'] } },
    }),
  });
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor !== null);
    await expect(migration.update('decide', decision)).rejects.toThrow(WorkflowUpdateFailedError);
    await migration.update('decide', { ...decision, by: 'bob', decision: 'reject' });
    const error: unknown = await migration.result().catch((reason: unknown) => reason);
    expect(reasonOf((error as WorkflowFailedError).cause).type).toBe('ApprovalRejected');
  });
});

it('ends when nobody decides in time, with nothing done', async () => {
  const { calls, activities } = fakeActivities({
    resolveMigration: resolvingTo({
      approvals: { ...subject.approvals, plan: { ...subject.approvals.plan, expiresInMs: 300 } },
    }),
  });
  await rig.run(activities, async (migration) => {
    const error: unknown = await migration.result().catch((reason: unknown) => reason);
    expect(reasonOf((error as WorkflowFailedError).cause).type).toBe('ApprovalExpired');
  });
  expect(calls).not.toContain('pauseCollection');
});

it('stops the cut-over at damaged blobs until a person accepts them', async () => {
  const { calls, activities } = fakeActivities({
    planPass: async () => ({
      shards: 1,
      sourceObjects: 10,
      sourceBytes: 1000,
      copyObjects: 1,
      copyBytes: 100,
      removeObjects: 0,
    }),
    copyShard: async () => ({
      copiedObjects: 0,
      copiedBytes: 0,
      removedObjects: 0,
      damaged: 1,
      vanished: 0,
      proofs: {},
    }),
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    await migration.waitFor('the question', (now) => now.waitingFor?.topic === 'damaged-blobs');
    expect(calls).not.toContain('setReadOnly true');
    await migration.decide('damaged-blobs');
    await migration.decide('window');
    expect((await migration.result()).damaged).toBe(1);
  });
});

it('asks again about damage that came later, and takes a decision of its own for it', async () => {
  const { activities } = fakeActivities({
    planPass: async ({ pass }) => ({
      // The pass in the window copies nothing, so that it finds no damage that nobody has accepted.
      shards: pass > 3 ? 0 : 1,
      sourceObjects: 10,
      sourceBytes: 1000,
      copyObjects: 1,
      copyBytes: 100,
      removeObjects: 0,
    }),
    copyShard: async () => ({
      copiedObjects: 0,
      copiedBytes: 0,
      removedObjects: 0,
      // As many as before, and others.
      damaged: 1,
      vanished: 0,
      proofs: {},
    }),
    listDamage: async ({ pass, accepted }) => ({
      objects: 1,
      unaccepted: pass === 3 || accepted === null ? 1 : 0,
      digest: `sha256:damage-${pass}`,
      key: `damage-pass-${pass}.ndjson`,
    }),
  });
  await rig.run(activities, async (migration) => {
    await migration.decide('plan');
    const approve = async (question: string): Promise<DecideAnswer> => {
      const now = await migration.waitFor(question, ({ waitingFor }) => waitingFor?.id === question);
      const { planDigest } = now.waitingFor!;
      return await migration.update<DecideAnswer>('decide', { ...decision, question, planDigest });
    };
    const first = await approve('damaged-blobs');
    await approve('window');
    const second = await approve('damaged-blobs#2');
    expect(second).toMatchObject({ question: 'damaged-blobs#2', outcome: 'approved' });
    const again = { ...decision, question: 'damaged-blobs', planDigest: 'sha256:damage-2' };
    expect(await migration.update('decide', again)).toEqual(first);
    await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
    const { audit } = await migration.status();
    expect(audit.map((entry) => `${entry.question} ${entry.event}`)).toEqual(
      ['plan', 'damaged-blobs', 'window', 'damaged-blobs#2'].flatMap((question) => [
        `${question} asked`,
        `${question} approved`,
      ]),
    );
  });
});

it('says whose decision stands when another one on the same question comes', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor !== null);
    await migration.update('decide', decision);
    const refused: unknown = await migration
      .update('decide', { ...decision, decision: 'reject', by: 'bob' })
      .catch((reason: unknown) => reason);
    expect(reasonOf((refused as WorkflowUpdateFailedError).cause).message).toBe(
      '"plan" was approved by alice already.',
    );
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
});

it('takes a name for a name, and a repetition for what it is', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor !== null);
    for (const by of [' \t ', '\u3000', '\u200B\u2066', '\u2800', undefined])
      await expect(migration.update('decide', { ...decision, by })).rejects.toThrow(
        WorkflowUpdateFailedError,
      );
    const handle = rig.client.workflow.getHandle(migration.workflowId);
    for (const by of ['alice', 'alice', 'bob']) await handle.signal('approve', { ...decision, by });
    await expect(migration.update('decide', { ...decision, planDigest: 'sha256:other' })).rejects.toThrow(
      WorkflowUpdateFailedError,
    );
    const { audit } = await migration.waitFor('the window', (now) => now.waitingFor?.topic === 'window');
    expect(audit.map(({ event }) => event)).toEqual(['asked', 'approved', 'asked']);
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
});

it('keeps the comment of a refused decision, and shows nothing that was hidden in it', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor !== null);
    const handle = rig.client.workflow.getHandle(migration.workflowId);
    await handle.signal('approve', {
      ...decision,
      planDigest: '# <img src=x> ![](http://evil/x)',
      by: 'mal\u202Elory',
      comment: 'fine\n\u001B[2Japproved by bob ![](http://evil/x)',
    });
    const { audit } = await migration.waitFor('the refusal', (now) => now.audit.length === 2);
    expect(audit[1]).toMatchObject({
      event: 'refused',
      by: 'mal\uFFFDlory',
      comment: 'fine \uFFFD[2Japproved by bob ![](http://evil/x)',
      reason: 'The decision is for plan # <img src=x> ![](http://evil/x), but the plan is sha256:plan.',
    });
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain(
      'The decision is for plan # &lt;img src=x&gt; `![](http://evil/x),` but',
    );
    expect(currentDetails.replaceAll(/`[^`]*`/g, '')).not.toMatch(/evil|<img|\uFFFD|\u202E/);
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
});

it('lists the first refusals and counts the others', async () => {
  const written: AuditEntry[] = [];
  const { calls, activities } = fakeActivities({
    writeRefusals: async ({ entries }) => void written.push(...entries),
  });
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor !== null);
    const handle = rig.client.workflow.getHandle(migration.workflowId);
    const long = '😀'.repeat(300);
    const comment = '😀'.repeat(1200);
    for (let sent = 0; sent < 120; sent += 20)
      await Promise.all(
        Array.from({ length: 20 }, () =>
          handle.signal('approve', { question: long, planDigest: long, by: long, comment }),
        ),
      );
    const { audit } = await migration.waitFor('all refusals', (now) =>
      now.audit.some(({ reason }) => reason?.startsWith('70 more') === true),
    );
    expect(audit).toHaveLength(1 + 50 + 1);
    expect(JSON.stringify(audit)).not.toMatch(/\\ud/i);
    expect(Buffer.byteLength(JSON.stringify(audit))).toBeLessThan(400_000);
    await migration.decide('plan', 'reject');
    expect((await failureOf(migration)).type).toBe('ApprovalRejected');
  });
  // All that is counted is in the journal, shortened, before the report is written
  expect(calls.slice(-2)).toEqual(['writeRefusals', 'writeReport']);
  expect(written).toHaveLength(70);
  const [first] = written;
  expect(first).toMatchObject({ event: 'refused', channel: 'signal', reason: expect.any(String) as string });
  expect(Array.from(first!.comment!).length).toBeLessThanOrEqual(200);
  expect(JSON.stringify(written)).not.toMatch(/\\ud/i);
});

it('keeps what people say short', async () => {
  const { activities } = fakeActivities();
  await rig.run(activities, async (migration) => {
    await migration.waitFor('the plan', (now) => now.waitingFor !== null);
    const handle = rig.client.workflow.getHandle(migration.workflowId);
    const long = 'x'.repeat(200_000);
    await handle.signal('approve', { question: long, planDigest: long, by: long, comment: long });
    const { audit } = await migration.waitFor('the refusal', (now) => now.audit.length === 2);
    expect(JSON.stringify(audit).length).toBeLessThan(10_000);
    await migration.cancel();
    await expect(migration.result()).rejects.toThrow(WorkflowFailedError);
  });
});
