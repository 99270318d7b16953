// A pass of any size: its histories stay small, because it goes on in new runs, and nothing is copied twice or left out
// between two of them. And where its storages are seen by bound workers only, they do the work on them.

import { heartbeat, sleep } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { fileURLToPath } from 'node:url';
import type { WorkflowFailedError } from '@temporalio/client';
import { reasonOf } from '../../workflows/operation/failure.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PassSummary } from '../../contracts/migration.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { CopyPassInput } from '../../contracts/storage-activities.ts';
import { fakeActivities, resolvingTo } from './fake-activities.ts';
import { failureOf, type Rig, startRig } from './rig.ts';

const MAX_EVENTS = 2000;
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** 1.5 million objects. */
const SHARDS = 3000;
const OBJECTS_IN_SHARD = 500;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(fileURLToPath(new URL('../support/pass-parent.ts', import.meta.url)));
});
afterAll(() => rig.close());

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Of every run of the chain, the first first. */
async function historiesOf(
  workflowId: string,
  firstRunId: string,
): Promise<{ runId: string; history: History }[]> {
  const runs: { runId: string; history: History }[] = [];
  for (let runId: string | undefined = firstRunId; runId;) {
    const history: History = await rig.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push({ runId, history });
    const last = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runId = last?.newExecutionRunId ?? undefined;
  }
  return runs;
}

/** Bytes of the payloads within. */
function* payloadSizes(value: unknown): Generator<number> {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return;
  const { data } = value as { data?: unknown };
  if (data instanceof Uint8Array) yield data.length;
  for (const part of Object.values(value)) yield* payloadSizes(part);
}

const passInput: CopyPassInput = {
  job: 'jobs/registry-prod/00000000-0000-0000-0000-000000000000',
  pass: 1,
  source: 'prod-volume',
  destination: 's3-prod',
  yieldTo: 'prod',
  final: false,
  concurrency: 16,
  boundTo: null,
  binding: {},
};

describe('a pass of many lists', () => {
  it('has small histories, and every list is copied once', async () => {
    const copied: number[] = [];
    const { activities } = fakeActivities({
      planPass: async () => ({
        shards: SHARDS,
        sourceObjects: SHARDS * OBJECTS_IN_SHARD,
        sourceBytes: 1e13,
        copyObjects: SHARDS * OBJECTS_IN_SHARD,
        copyBytes: 1e13,
        removeObjects: 0,
      }),
      copyShard: async ({ shard }) => {
        copied.push(shard);
        return {
          copiedObjects: OBJECTS_IN_SHARD - 3,
          copiedBytes: 1e9,
          removedObjects: 1,
          damaged: 1,
          vanished: 1,
          proofs: { server: OBJECTS_IN_SHARD - 3 },
        };
      },
    });
    const workflowId = 'large/pass-1';
    const { summary, runId } = await rig.work(activities, async (taskQueue) => {
      const parent = await rig.client.workflow.start('passParent', {
        workflowId: 'large',
        taskQueue,
        args: [passInput],
      });
      const summary = (await parent.result()) as PassSummary;
      const pass = await parent.fetchHistory();
      const started = pass.events?.find((event) => event.childWorkflowExecutionStartedEventAttributes);
      return {
        summary,
        runId: started!.childWorkflowExecutionStartedEventAttributes!.workflowExecution!.runId!,
      };
    });

    expect(copied.length).toBe(SHARDS);
    expect(new Set(copied).size).toBe(SHARDS);
    expect(summary).toMatchObject({
      sourceObjects: SHARDS * OBJECTS_IN_SHARD,
      copiedObjects: SHARDS * (OBJECTS_IN_SHARD - 3),
      removedObjects: SHARDS,
      damaged: SHARDS,
      vanished: SHARDS,
      proofs: { server: SHARDS * (OBJECTS_IN_SHARD - 3) },
    });
    const runs = await historiesOf(workflowId, runId);
    const events = runs.map(({ history }) => history.events?.length ?? 0);
    expect(events.length).toBeGreaterThan(5);
    expect(Math.max(...events)).toBeLessThanOrEqual(MAX_EVENTS);
    const payloads = runs.flatMap(({ history }) => [...payloadSizes(history.events)]);
    expect(payloads.length).toBeGreaterThan(SHARDS);
    expect(Math.max(...payloads)).toBeLessThan(MAX_PAYLOAD_BYTES);
    for (const run of runs) await rig.replay(workflowId, run.runId);
  });
});

describe('a pass that somebody starts by itself', () => {
  it.each([
    ['under any id', 'anything', passInput],
    ['under the id of a pass', 'registry-prod/pass-9', passInput],
  ])('is refused before it looks at a storage: %s', async (_how, workflowId, input) => {
    const { calls, activities } = fakeActivities();
    await rig.work(activities, async (taskQueue) => {
      const handle = await rig.client.workflow.start(WORKFLOW_TYPES.copyPass, {
        workflowId,
        taskQueue,
        args: [input],
      });
      const error = (await handle.result().catch((reason: unknown) => reason)) as WorkflowFailedError;
      expect(reasonOf(error.cause)).toMatchObject({ type: 'InvalidInput' });
    });
    expect(calls).toEqual([]);
  });
});

describe('a pass of which one list fails', () => {
  it('ends when the others have ended, and says why', async () => {
    const [ended, begun] = [new Set<number>(), new Set<number>()];
    const { activities } = fakeActivities({
      planPass: async () => ({
        shards: 3,
        sourceObjects: 3,
        sourceBytes: 3,
        copyObjects: 3,
        copyBytes: 3,
        removeObjects: 0,
      }),
      async copyShard({ shard }) {
        begun.add(shard);
        try {
          for (;;) {
            heartbeat();
            await sleep(50);
            if (shard === 1 && begun.size === 3) throw ApplicationFailure.nonRetryable('403', 'AccessDenied');
          }
        } finally {
          // What an activity does after its cancellation takes time as well.
          await new Promise((resolve) => setTimeout(resolve, 300));
          ended.add(shard);
        }
      },
    });
    await rig.work(activities, async (taskQueue) => {
      const parent = await rig.client.workflow.start('passParent', {
        workflowId: `failing-${taskQueue}`,
        taskQueue,
        args: [passInput],
      });
      const error = (await parent.result().catch((reason: unknown) => reason)) as WorkflowFailedError;
      expect(ended).toEqual(new Set([0, 1, 2]));
      expect(reasonOf(error.cause)).toMatchObject({ type: 'AccessDenied', message: '403' });
    });
  });
});

const ON_STORAGES = [
  'checkAccess',
  'checkClosure',
  'findCanaries',
  'writeCanaries',
  'releaseDestination',
  'lookAtDestination',
  'noteInUse',
  'measureStorage',
  'findDamage',
  'claimDestination',
  'planPass',
  'copyShard',
];

const names = (calls: string[]): Set<string> => new Set(calls.map((call) => call.split(' ')[0]!));

describe('a migration between storages that only bound workers see', () => {
  it('has all work on them done by such workers, and nothing else', async () => {
    const bound = fakeActivities();
    const common = fakeActivities({ resolveMigration: resolvingTo({ boundTo: 'rack-2' }) });
    await rig.workBound('rack-2', bound.activities, () =>
      rig.run(common.activities, async (migration) => {
        for (const step of ['plan', 'window'] as const) await migration.decide(step);
        return migration.result();
      }),
    );
    expect([...names(bound.calls)].sort()).toEqual([...ON_STORAGES].sort());
    expect([...names(common.calls)].filter((name) => ON_STORAGES.includes(name))).toEqual([]);
  });
});

describe('a migration between storages that no worker sees', () => {
  it('fails before anything is changed, and says which worker is missing', async () => {
    const { calls, activities } = fakeActivities({ resolveMigration: resolvingTo({ boundTo: 'nowhere' }) });
    await rig.run(activities, async (migration) => {
      const handle = rig.client.workflow.getHandle(migration.workflowId);
      await expect
        .poll(
          async () => {
            const { raw } = await handle.describe();
            return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
          },
          { timeout: 60_000 },
        )
        .toContain('measureStorage');
      // A person would wait for some minutes.
      await rig.client.workflowService.updateActivityOptions({
        namespace: 'default',
        execution: { workflowId: migration.workflowId },
        type: 'measureStorage',
        activityOptions: { scheduleToStartTimeout: msToTs('1s') },
        updateMask: { paths: ['schedule_to_start_timeout'] },
      });
      const { type, message } = await failureOf(migration);
      expect(type).toBe('PreflightFailed');
      expect(message).toContain('--bound-to nowhere');
    });
    expect(calls).not.toContain('makePlan');
  });
});
