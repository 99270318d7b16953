// Runs the real workflows on a real Temporal dev server, with activities of the test's choice. Every execution is
// replayed from its history when the file ends, so that no test leaves a nondeterminism unseen.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import {
  boundTaskQueue,
  MIGRATION_WORKFLOW_TYPE,
  type MigrationPath,
  windowTaskQueue,
} from '../../contracts/names.ts';
import type { BackupInput, VerificationInput } from '../../contracts/backup.ts';
import type {
  MigrationInput,
  MigrationResult,
  MigrationStatus,
  MigrationTopic,
  ReturnInput,
} from '../../contracts/migration.ts';
import type { RestoreTopic } from '../../contracts/operation.ts';
import type { RestoreInput } from '../../contracts/restore.ts';
import { reasonOf } from '../../workflows/operation/failure.ts';
import { startTemporal } from '../../lab/servers/temporal.ts';
import { prepareBundle } from '../../worker/bundle.ts';
import { defaultCacheDir } from '../../worker/cache-dir.ts';
import { sharedServer } from '../support/shared-server.ts';
import type { AllActivities } from './fake-activities.ts';
import { type SharedWorker, startSharedWorker } from './shared-worker.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export type Rig = {
  client: Client;
  /** A worker on a task queue of its own, while `body` runs. */
  work<T>(
    activities: Partial<AllActivities>,
    body: (taskQueue: string) => Promise<T>,
    options?: { maxCachedWorkflows?: number; slots?: number },
  ): Promise<T>;
  /** As `work`, for a worker that is bound to the place and knows no workflows. */
  workBound<T>(place: string, activities: Partial<AllActivities>, body: () => Promise<T>): Promise<T>;
  /** Throws when the workflow code would not do again what the history tells. */
  replay(workflowId: string, runId?: string): Promise<void>;
  run<T>(
    activities: AllActivities,
    body: (migration: RunningMigration) => Promise<T>,
    options?: {
      path?: MigrationPath;
      /** Default: that of the path. */
      workflowType?: string;
      input?: MigrationInput | ReturnInput | BackupInput | VerificationInput | RestoreInput;
      maxCachedWorkflows?: number;
      slots?: number;
    },
  ): Promise<T>;
  close(): Promise<void>;
};

export type RunningMigration = {
  workflowId: string;
  taskQueue: string;
  status(): Promise<MigrationStatus>;
  /** Waits for an open question on the topic that was not answered here before, and answers it by signal. */
  decide(
    topic: MigrationTopic | RestoreTopic,
    verdict?: 'approve' | 'reject',
    choice?: string,
  ): Promise<void>;
  waitFor(what: string, condition: (status: MigrationStatus) => boolean): Promise<MigrationStatus>;
  result(): Promise<MigrationResult>;
  cancel(): Promise<void>;
  update<T>(name: string, argument: unknown): Promise<T>;
};

/** Why a migration failed; throws when it did not. */
export async function failureOf(migration: RunningMigration): Promise<{ type: string; message: string }> {
  const error: unknown = await migration.result().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowFailedError))
    throw new Error('the migration did not fail', { cause: error });
  return reasonOf(error.cause);
}

/** Every look costs the server and a worker as much as a step does: they become rarer. */
const [FIRST_POLL_MS, LONGEST_POLL_MS] = [30, 300];
/** Files share a server: the ids of a file's migrations begin so. */
export const FILE = randomBytes(4).toString('hex');
let counter = 0;

/** On a Temporal dev server, with everything that a real one can do. */
export async function startRig(workflowsPath?: string): Promise<Rig> {
  const { server } = await sharedServer('temporal', ['frontend', 'ui'], ({ dir, ports }) =>
    startTemporal(dir, {
      port: ports.frontend,
      uiPort: ports.ui,
      temporal: process.env['TEMPORAL_CLI_PATH'] ?? 'temporal',
      inMemory: true,
    }),
  );
  return rigOn(
    await TestWorkflowEnvironment.createFromExistingServer({ address: server.address }),
    workflowsPath,
  );
}

/** The rig on any server; it ends the server when it is closed. `workflowsPath`: other workflows than the product's. */
export async function rigOn(environment: TestWorkflowEnvironment, workflowsPath?: string): Promise<Rig> {
  const logger = new DefaultLogger('ERROR');
  const workflowBundle =
    workflowsPath === undefined
      ? { codePath: await prepareBundle(defaultCacheDir(process.env), logger) }
      : await bundleWorkflowCode({ workflowsPath, logger });
  const { client } = environment;

  const throttle = { maxHeartbeatThrottleInterval: 200, defaultHeartbeatThrottleInterval: 200 };

  /** As every worker does, one takes the steps of the window beside the queue. */
  const inWindowOf = async <T>(
    taskQueue: string,
    activities: Partial<AllActivities>,
    body: () => Promise<T>,
  ): Promise<T> => {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: windowTaskQueue(taskQueue),
      activities,
      ...throttle,
    });
    return worker.runUntil(body);
  };

  let shared: SharedWorker | undefined;
  const sharedWorker = async (): Promise<SharedWorker> =>
    (shared ??= await startSharedWorker(`test-${FILE}`, {
      connection: environment.nativeConnection,
      workflowBundle,
      ...throttle,
    }));
  /** By workflow id, to be replayed at once: a worker for each would cost as much as the replay. */
  const histories = new Map<string, { history: History; test: string | undefined }>();
  const endAndRemember = async (workflowId: string): Promise<void> => {
    const handle = client.workflow.getHandle(workflowId);
    // Else the worker that others use would go on with what a test has left running
    await handle.terminate('the test has ended').catch(() => undefined);
    const { currentTestName: test } = expect.getState();
    histories.set(workflowId, { history: await handle.fetchHistory(), test });
  };

  const rig: Rig = {
    client,
    async work(activities, body, options = {}) {
      counter += 1;
      const taskQueue = `test-${FILE}-${counter}`;
      const slots = options.slots !== undefined && { maxConcurrentActivityTaskExecutions: options.slots };
      const worker = await Worker.create({
        connection: environment.nativeConnection,
        taskQueue,
        workflowBundle,
        activities,
        maxCachedWorkflows: options.maxCachedWorkflows ?? 10,
        ...slots,
        ...throttle,
      });
      return inWindowOf(taskQueue, activities, () => worker.runUntil(() => body(taskQueue)));
    },
    async workBound(place, activities, body) {
      const worker = await Worker.create({
        connection: environment.nativeConnection,
        taskQueue: boundTaskQueue(place),
        activities,
        ...throttle,
      });
      return inWindowOf(boundTaskQueue(place), activities, () => worker.runUntil(body));
    },
    async replay(workflowId, runId) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    },
    async run(activities, body, options = {}) {
      counter += 1;
      const workflowId = `registry-${FILE}-${counter}`;
      const inWork = async (taskQueue: string) => {
        const type = options.workflowType ?? MIGRATION_WORKFLOW_TYPE[options.path ?? 'read-only'];
        const handle = await client.workflow.start(type, {
          workflowId,
          taskQueue,
          args: [options.input ?? { registry: 'prod', destination: 's3-prod' }],
        });
        const decided = new Set<string>();
        const status = () => handle.query<MigrationStatus>('status');
        const waitFor = async (
          what: string,
          condition: (status: MigrationStatus) => boolean,
        ): Promise<MigrationStatus> => {
          for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LONGEST_POLL_MS)) {
            const now = await status();
            if (condition(now)) return now;
            const { status: state } = await handle.describe();
            if (state.name !== 'RUNNING')
              throw new Error(`${state.name} while waiting for ${what}: ${now.step.title}`);
            await sleep(pollMs);
          }
        };
        return body({
          workflowId,
          taskQueue,
          status,
          waitFor,
          async decide(topic, verdict = 'approve', choice) {
            const { waitingFor } = await waitFor(
              `a question on ${topic}`,
              (now) => now.waitingFor?.topic === topic && !decided.has(now.waitingFor.id),
            );
            const { id: question, planDigest } = waitingFor!;
            decided.add(question);
            await handle.signal(verdict, { question, planDigest, by: 'tester', ...(choice && { choice }) });
          },
          result: () => handle.result() as Promise<MigrationResult>,
          cancel: async () => void (await handle.cancel()),
          update: (name, argument) => handle.executeUpdate(name, { args: [argument] }),
        });
      };
      const ownWorker = options.slots !== undefined || options.maxCachedWorkflows !== undefined;
      const worker = ownWorker ? undefined : await sharedWorker();
      worker?.serve(workflowId, activities);
      const result = await (worker ? inWork(worker.taskQueue) : rig.work(activities, inWork, options));
      await endAndRemember(workflowId);
      return result;
    },
    async close() {
      await shared?.stop();
      await environment.teardown();
      const runs = Array.from(histories, ([workflowId, { history }]) => ({ workflowId, history }));
      for await (const { workflowId, error: cause } of Worker.runReplayHistories({ workflowBundle }, runs))
        if (cause !== undefined)
          throw new Error(`not replayed: ${workflowId}, "${histories.get(workflowId)?.test}"`, { cause });
    },
  };
  return rig;
}
