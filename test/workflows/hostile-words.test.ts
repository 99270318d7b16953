// The fear "one bad word, and the registry is read-only for ever": whatever is sent to whatever name, in the middle of the
// window, changes nothing, and the way out is taken.

import { heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QUERIES, SIGNALS, UPDATES, WORKFLOW_TYPES } from '../../contracts/names.ts';
import { resolveMigration } from '../../activities/records/resolve-migration.ts';
import type { Inventory } from '../../contracts/inventory.ts';
import { type AllActivities, fakeActivities } from './fake-activities.ts';
import { hostilePayloads, seeded } from './hostile-payloads.ts';
import { FILE, failureOf, type Rig, startRig } from './rig.ts';
import { expectWayOut } from './way-out.ts';

const PAYLOADS = 1000;
/** Temporal takes ten updates of a workflow at once. */
const AT_ONCE = 24;
const NAMES = [
  ...Object.values(SIGNALS),
  ...Object.values(UPDATES),
  ...Object.values(QUERIES),
  // What was a name, what is none, and what the SDK keeps for itself.
  'passProgress',
  'toString',
  '__proto__',
  '__stack_trace',
  '__enhanced_stack_trace',
  '__temporal_workflow_metadata',
  '__temporal_x',
];
/** Signals stay in the history, and are the worst. */
const KINDS = ['signal', 'signal', 'signal', 'update', 'query'] as const;
const NAMESPACE = 'default';
const PATIENCE_MS = 400_000;

/** As a worker checks it; the failure as its interceptor makes it. */
const realResolve: AllActivities['resolveMigration'] = async (request) => {
  const nothing = {
    registries: {},
    storages: {},
    journal: 'j',
    repositories: {},
    backups: 'b',
  } as unknown as Inventory;
  try {
    return resolveMigration(nothing, request);
  } catch (error) {
    throw ApplicationFailure.nonRetryable((error as Error).message, 'InvalidInput');
  }
};

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** What the server itself refuses, or what nobody answers in time, is no matter here. */
const send = async (
  kind: (typeof KINDS)[number],
  workflowId: string,
  name: string,
  payloads: Payload[],
): Promise<void> => {
  const { workflowService } = rig.client;
  const common = { namespace: NAMESPACE, workflowExecution: { workflowId } };
  const args = { payloads };
  const sent =
    kind === 'signal'
      ? workflowService.signalWorkflowExecution({ ...common, signalName: name, input: args })
      : kind === 'update'
        ? workflowService.updateWorkflowExecution({
            ...common,
            request: { input: { name, args } },
          })
        : workflowService.queryWorkflow({
            namespace: NAMESPACE,
            execution: { workflowId },
            query: { queryType: name, queryArgs: args },
          });
  await sent.then(
    () => undefined,
    () => undefined,
  );
};

it(
  `${PAYLOADS} payloads at every name change nothing, and the way out is taken`,
  async () => {
    const seed = Number(process.env['TRANSSHIP_FUZZ_SEED'] ?? Date.now() % 1_000_000);
    const random = seeded(seed);
    const { calls, activities } = fakeActivities({
      // The window stands still until it is cancelled.
      async snapshotTags({ name }) {
        while (name === 'final') {
          heartbeat();
          await sleep(50);
        }
        return { repositories: 1, tags: 1, key: name };
      },
    });
    await rig.run(activities, async (migration) => {
      await migration.decide('plan');
      await migration.decide('window');
      await migration.waitFor('the window', () => calls.includes('snapshotTags final'));
      for (let sent = 0; sent < PAYLOADS; sent += AT_ONCE) {
        const wave = Array.from({ length: AT_ONCE }, () => {
          const [kind, name, payloads] = [random.of(KINDS), random.of(NAMES), hostilePayloads(random)];
          return { kind, send: () => send(kind, migration.workflowId, name, payloads) };
        });
        // Several queries beside signals wait two seconds for the server
        const queriesInTurn = async (): Promise<void> => {
          for (const one of wave) if (one.kind === 'query') await one.send();
        };
        const others = wave.filter(({ kind }) => kind !== 'query');
        await rig.client.withDeadline(Date.now() + 20_000, () =>
          Promise.all([queriesInTurn(), ...others.map((one) => one.send())]),
        );
      }
      const { phase, waitingFor, audit, problem } = await migration.status();
      expect({ seed, phase, waitingFor, problem }).toEqual({
        seed,
        phase: 'window',
        waitingFor: null,
        problem: null,
      });
      expect(audit.filter(({ event }) => event === 'approved')).toHaveLength(2);
      expect(audit.length).toBeLessThan(60);
      await migration.cancel();
      expect((await failureOf(migration)).type).toBe('CancelledFailure');
    });
    expectWayOut(calls);
    expect(await failedTasks(rig)).toEqual([]);
  },
  PATIENCE_MS,
);

const endless = async (): Promise<never> => {
  for (;;) {
    heartbeat();
    await sleep(50);
  }
};

it.each(['snapshotTags', 'copyShard'] as const)(
  'a %s of the window that somebody else answers with null ends the migration, and the way out is taken',
  async (step) => {
    const { calls, activities } = fakeActivities({
      snapshotTags: async ({ name }) =>
        step === 'snapshotTags' && name === 'final' ? endless() : { repositories: 1, tags: 7, key: name },
      planPass: async ({ final }) => ({
        shards: final ? 1 : 0,
        sourceObjects: 1,
        sourceBytes: 1,
        copyObjects: 1,
        copyBytes: 1,
        removeObjects: 0,
      }),
      copyShard: endless,
    });
    await rig.run(activities, async (migration) => {
      await migration.decide('plan');
      await migration.decide('window');
      const { details } = await migration.waitFor('the window', (now) => now.phase === 'window');
      // It may have come to the final delta since
      const passes = [0, 1].map((next) => `${migration.workflowId}/pass-${details.pass + next}`);
      await answerFor(step, [migration.workflowId, ...passes]);
      expect((await failureOf(migration)).type).toBe('Unexpected');
    });
    expectWayOut(calls);
  },
);

/** As `temporal activity complete` does, as soon as the step is there. */
async function answerFor(step: string, workflowIds: string[]): Promise<void> {
  const { workflowService, workflow } = rig.client;
  for (;;) {
    for (const workflowId of workflowIds) {
      const description = await workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => undefined);
      const pending = description?.raw.pendingActivities?.find(
        ({ activityType }) => activityType?.name === step,
      );
      if (pending?.activityId)
        return void (await workflowService.respondActivityTaskCompletedById({
          namespace: NAMESPACE,
          workflowId,
          activityId: pending.activityId,
          result: { payloads: [{ metadata: json(), data: text('null') }] },
        }));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Workflow tasks that failed are those that Temporal repeats for ever. */
async function failedTasks({ client }: Rig): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: 'TransshipOperation = "migration"' })) {
    // Another file lets a workflow stumble on purpose.
    if (!workflowId.startsWith(`registry-${FILE}-`)) continue;
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    for (const event of events ?? []) {
      const failure = event.workflowTaskFailedEventAttributes?.failure;
      if (failure) found.push(`${workflowId}: ${failure.message}`);
    }
  }
  return found;
}

it.each([
  [
    'of 3 kB',
    [{ metadata: json(), data: text(`{"registry":"${'x'.repeat(3000)}","destination":"s3-prod"}`) }],
  ],
  ['in an unknown encoding', [{ metadata: { encoding: text('x/y') }, data: text('?') }]],
  ['that is no JSON', [{ metadata: json(), data: text('this { is not') }]],
  ['that is not there', []],
  ['of a megabyte', [{ metadata: json(), data: text(`{"registry":"${'x'.repeat(1_900_000)}"}`) }]],
  ['that is too deep', [{ metadata: json(), data: text(`${'['.repeat(30_000)}${']'.repeat(30_000)}`) }]],
  ['with a line end in its name', [{ metadata: json(), data: text('{"registry":"a\\n\\u0000\\ud800b"}') }]],
])('an input %s ends the workflow as InvalidInput', async (what, payloads) => {
  const { activities } = fakeActivities({ resolveMigration: realResolve });
  await rig.work(activities, async (taskQueue) => {
    const workflowId = `registry-odd-${what.replaceAll(' ', '-')}-${taskQueue}`;
    await rig.client.workflowService.startWorkflowExecution({
      namespace: NAMESPACE,
      workflowId,
      workflowType: { name: WORKFLOW_TYPES.readOnly },
      taskQueue: { name: taskQueue },
      requestId: workflowId,
      input: { payloads },
      memo: { fields: { odd: { metadata: { encoding: text('x/y') }, data: text('?') } } },
    });
    const handle = rig.client.workflow.getHandle(workflowId);
    const error: unknown = await handle.result().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ cause: { cause: { type: 'InvalidInput' } } });
  });
});

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function json(): Record<string, Uint8Array> {
  return { encoding: text('json/plain') };
}
