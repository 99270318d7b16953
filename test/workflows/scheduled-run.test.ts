// What a schedule starts: the operation itself, unless another one holds the registry.

import { fileURLToPath } from 'node:url';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ScheduledRunInput } from '../../contracts/schedule.ts';
import { reasonOf } from '../../workflows/operation/failure.ts';
import { fakeActivities } from './fake-activities.ts';
import { FILE, type Rig, startRig } from './rig.ts';

const PATIENT = { timeout: 30_000 };

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(fileURLToPath(new URL('../client/stand-in-operations.ts', import.meta.url)));
});
afterAll(() => rig.close());

let counter = 0;

/** The end of a scheduled run of a registry of its own. `held`: a backup runs there, until `meanwhile` ends it. */
async function runOf(
  input: Partial<ScheduledRunInput> | null,
  held?: { meanwhile(holder: WorkflowHandle, run: WorkflowHandle): Promise<unknown> },
): Promise<{ registry: string; result: unknown }> {
  counter += 1;
  const registry = `${FILE}-scheduled-${counter}`;
  const workflowId = `transship-nightly-${registry}`;
  const { workflow } = rig.client;
  const result = await rig.work(fakeActivities().activities, async (taskQueue) => {
    const operation = { workflowId: `registry-${registry}`, taskQueue };
    const holder =
      held && (await workflow.start('backupRegistry', { ...operation, args: [{ registry, does: 'holds' }] }));
    const whole: ScheduledRunInput = {
      schedule: 'nightly',
      procedure: 'backup',
      registry,
      overlap: 'skip',
      catchUpMs: 60_000,
      input: {},
      ...input,
    };
    const args = [input === null ? null : whole];
    const run = await workflow.start('scheduledRun', { workflowId, taskQueue, args });
    await held?.meanwhile(holder!, run);
    const ended = await run
      .result()
      .catch((error: unknown) => reasonOf(error instanceof WorkflowFailedError ? error.cause : error));
    await holder?.terminate().catch(() => undefined);
    return ended;
  });
  await rig.replay(workflowId);
  return { registry, result };
}

/** How often its operation was refused, because another one held the registry. */
const refused = async (run: WorkflowHandle): Promise<number> =>
  (await run.fetchHistory()).events!.filter((event) => event.startChildWorkflowExecutionFailedEventAttributes)
    .length;

const stateOf = async (handle: WorkflowHandle): Promise<string> =>
  await handle.describe().then(
    ({ status }) => status.name,
    () => 'none',
  );

it('is the operation, under the id of the registry, and ends with its result', async () => {
  const { registry, result } = await runOf({});
  expect(result).toEqual({
    workflowId: `registry-${registry}`,
    outcome: 'done',
    result: expect.objectContaining({ set: `${registry}/monday` }) as object,
  });
});

it('fails as its operation fails', async () => {
  const { result } = await runOf({ input: { does: 'fails' } });
  expect(result).toEqual({ type: 'NoSpace', message: 'the storage is full' });
});

it('is skipped while another operation holds the registry, and says so', async () => {
  const { registry, result } = await runOf({}, { meanwhile: async () => undefined });
  expect(result).toEqual({
    workflowId: `registry-${registry}`,
    outcome: 'skipped',
    because: `another operation held ${registry} when nightly was due`,
  });
});

it('waits for it where that is wanted', async () => {
  const { result } = await runOf(
    { overlap: 'wait' },
    {
      meanwhile: async (holder, run) => {
        await expect.poll(() => refused(run), PATIENT).toBeGreaterThan(0);
        await holder.terminate();
      },
    },
  );
  expect(result).toMatchObject({ outcome: 'done' });
});

it('waits no longer than it may be late', async () => {
  const { registry, result } = await runOf(
    { overlap: 'wait', catchUpMs: 1000 },
    { meanwhile: async () => undefined },
  );
  expect(result).toMatchObject({
    outcome: 'skipped',
    because: `another operation held ${registry} until it was too late to begin`,
  });
});

it('asks the operation to end when it is cancelled, and leaves it alone when it is terminated', async () => {
  const { workflow } = rig.client;
  await rig.work(fakeActivities().activities, async (taskQueue) => {
    for (const [wish, left] of [
      ['terminate', 'RUNNING'],
      ['cancel', 'CANCELLED'],
    ] as const) {
      const registry = `${FILE}-${wish}`;
      const input = {
        schedule: 'nightly',
        procedure: 'backup',
        registry,
        overlap: 'skip',
        catchUpMs: 60_000,
      };
      const run = await workflow.start('scheduledRun', {
        workflowId: `transship-${registry}`,
        taskQueue,
        args: [{ ...input, input: { does: 'holds' } }],
      });
      const operation = workflow.getHandle(`registry-${registry}`);
      await expect.poll(() => stateOf(operation), PATIENT).toBe('RUNNING');
      await run[wish]();
      await expect.poll(() => stateOf(run), PATIENT).not.toBe('RUNNING');
      expect(await stateOf(operation)).toBe(left);
      await operation.terminate().catch(() => undefined);
    }
  });
});

it.each([
  ['null', null],
  ['a procedure that there is not', { procedure: 'toString' as 'backup' }],
  ['a catch-up that is no number', { catchUpMs: '4h' as unknown as number }],
])('ends at once with %s for an input', async (_what, input) => {
  const { result } = await runOf(input);
  expect(result).toMatchObject({ type: expect.stringMatching(/^(InvalidInput|Unexpected)$/) as string });
});
