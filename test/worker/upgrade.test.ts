// The fear "an upgrade in the middle of the window strands the registry": a migration stays with the build that it began
// with, new ones come to the new build, and one whose build is gone is found, said aloud, and can be moved by hand.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { heartbeat, sleep } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../lab/free-port.ts';
import { TASK_QUEUE, windowTaskQueue, WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { MigrationStatus } from '../../contracts/migration.ts';
import { DEPLOYMENT, identityOf } from '../../domain/workers.ts';
import { prepareBundle } from '../../worker/bundle.ts';
import { defaultCacheDir } from '../../worker/cache-dir.ts';
import { takePlace } from '../../worker/deployment.ts';
import { findWorkers } from '../../worker/find-workers.ts';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { strandedOperations } from '../../worker/stranded.ts';
import {
  type AllActivities,
  fakeActivities,
  type Recorder,
  resolvingTo,
} from '../workflows/fake-activities.ts';

const silent = new DefaultLogger('ERROR');
const INVENTORY = 'i1';
let env: TestWorkflowEnvironment;
let codePath: string;
const temporal = () => ({ workflowService: env.connection.workflowService, namespace: 'default' });

Runtime.install({ logger: silent });
beforeAll(async () => {
  const { TEMPORAL_CLI_PATH } = process.env;
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      port: await freePort(),
      ...(TEMPORAL_CLI_PATH && { executable: { type: 'existing-path', path: TEMPORAL_CLI_PATH } }),
    },
  });
  await registerSearchAttributes(env.nativeConnection, 'default', silent);
  codePath = await prepareBundle(defaultCacheDir(process.env), silent);
});
afterAll(() => env.teardown());

type Build = { calls: string[]; end: () => Promise<void>; release: () => void };

/** Builds come and go; the registries stay what they are. */
const registries = new Map<string, Recorder>();
function registryNamed(name: string): Recorder {
  const known = registries.get(name) ?? fakeActivities({ resolveMigration: resolvingTo({ registry: name }) });
  registries.set(name, known);
  return known;
}

/** The workers of one build, whose final snapshot (the first step in the window) waits until it is released. */
async function startBuild(build: string): Promise<Build> {
  let released = false;
  const calls: string[] = [];
  type Request = { registry?: string; name?: string; input?: { registry: string } };
  const activities = Object.fromEntries(
    Object.keys(fakeActivities().activities).map((activity) => [
      activity,
      async (request: Request) => {
        const registry = request.registry ?? request.input?.registry ?? 'any';
        calls.push([activity, request.name, registry].filter(Boolean).join(' '));
        while (activity === 'snapshotTags' && request.name === 'final' && !released) {
          heartbeat();
          await sleep(50);
        }
        const run = registryNamed(registry).activities[activity as keyof AllActivities];
        return await (run as (request: Request) => Promise<unknown>)(request);
      },
    ]),
  );
  const identity = identityOf(`test:${build}`, build, INVENTORY);
  const common = {
    connection: env.nativeConnection,
    identity,
    activities,
    workerDeploymentOptions: {
      version: { deploymentName: DEPLOYMENT, buildId: build },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  } as const;
  const workers = [
    await Worker.create({ ...common, taskQueue: TASK_QUEUE, workflowBundle: { codePath } }),
    await Worker.create({ ...common, taskQueue: windowTaskQueue(TASK_QUEUE) }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  await takePlace({ temporal: temporal(), build, identity, logger: silent });
  return {
    calls,
    release: () => (released = true),
    end: async () => {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
}

async function startInWindow(registry: string, build: Build): Promise<WorkflowHandle> {
  const handle = await env.client.workflow.start(WORKFLOW_TYPES.readOnly, {
    workflowId: `registry-${registry}`,
    taskQueue: TASK_QUEUE,
    args: [{ registry, destination: 's3-prod' }],
  });
  for (const topic of ['plan', 'window']) {
    const question = await untilAsked(handle, topic);
    await handle.signal('approve', { ...question, by: 'tester' });
  }
  await expect.poll(() => build.calls, { timeout: 30_000 }).toContain(`snapshotTags final ${registry}`);
  return handle;
}

async function untilAsked(handle: WorkflowHandle, topic: string) {
  for (;;) {
    const { waitingFor } = await handle.query<MigrationStatus>('status');
    if (waitingFor?.topic === topic) return { question: waitingFor.id, planDigest: waitingFor.planDigest };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a migration in its window ends with its build, and the next begins with the new one', async () => {
  const a = await startBuild('build-a');
  const old = await startInWindow('old', a);
  const b = await startBuild('build-b');
  expect(await strandedOperations(temporal())).toEqual([]);
  const builds = (await findWorkers(temporal())).map(({ build, inventory, taskQueues }) => [
    build,
    inventory,
    taskQueues,
  ]);
  expect(builds).toEqual(
    ['build-a', 'build-b'].map((build) => [build, INVENTORY, [TASK_QUEUE, windowTaskQueue(TASK_QUEUE)]]),
  );

  b.release();
  const next = await startInWindow('next', b);
  await expect(next.result()).resolves.toMatchObject({ outcome: 'migrated', registry: 'next' });
  expect(b.calls.filter((call) => call.endsWith(' old'))).toEqual([]);

  a.release();
  await expect(old.result()).resolves.toMatchObject({ outcome: 'migrated', registry: 'old' });
  expect(registryNamed('old').calls.slice(-1)).toEqual(['removeCanaries']);
  expect(a.calls.filter((call) => call.endsWith(' next'))).toEqual([]);
  expect(b.calls.filter((call) => call.endsWith(' old'))).toEqual([]);

  // A build that is started again although a newer one works leaves the new operations to that.
  await a.end();
  const again = await startBuild('build-a');
  expect(await currentBuild()).toBe('build-b');
  await again.end();
  await b.end();
});

test('a migration whose build is gone is found, and goes on where a person moves it to', async () => {
  const c = await startBuild('build-c');
  const handle = await startInWindow('stranded', c);
  await c.end();
  const d = await startBuild('build-d');
  const LATER_MS = 120_000;
  // Temporal lists with a delay.
  const stranded = () => strandedOperations(temporal(), Date.now() + LATER_MS);
  await expect
    .poll(stranded, { timeout: 30_000 })
    .toEqual([expect.objectContaining({ workflowId: 'registry-stranded', build: 'build-c' })]);
  const [found] = await stranded();
  expect(found!.advice).toContain('Start a worker of build build-c');

  const [command, ...words] = found!.advice.slice(found!.advice.indexOf('temporal workflow')).split(' ');
  expect(command).toBe('temporal');
  await promisify(execFile)(process.env['TEMPORAL_CLI_PATH'] ?? 'temporal', [
    ...words,
    '--address',
    env.address,
  ]);
  d.release();
  await expect(handle.result()).resolves.toMatchObject({ outcome: 'migrated', registry: 'stranded' });
  expect(d.calls).toContain('proveWritable stranded');
  await d.end();
});

async function currentBuild(): Promise<string | undefined> {
  const { workerDeploymentInfo } = await env.connection.workflowService.describeWorkerDeployment({
    namespace: 'default',
    deploymentName: DEPLOYMENT,
  });
  return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;
}
