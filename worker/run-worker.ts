// Runs one worker until it is told to stop: reads the inventory, connects, takes the workflow bundle from the cache and
// works. On SIGTERM activities may finish what they have in hand before they are cancelled, and then it ends well.

import { access } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Logger } from '@temporalio/common';
import {
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkerOptions as Options,
} from '@temporalio/worker';
import { boundTaskQueue, TASK_QUEUE, windowTaskQueue } from '../contracts/names.ts';
import { DEPLOYMENT, identityOf } from '../domain/workers.ts';
import { createActivities } from './activities.ts';
import { createBindingInterceptor } from './binding-interceptor.ts';
import { buildIdOf, inventoryDigest } from './build-id.ts';
import { prepareBundle } from './bundle.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { connect, type ConnectionOptions } from './connect.ts';
import { type Deployment, takePlace, watchPlace } from './deployment.ts';
import { createEnvironment } from './environment.ts';
import { createActivityInterceptors } from './failure-interceptor.ts';
import { readInventory } from './inventory/load.ts';
import type { Redactor } from './inventory/redactor.ts';
import { createSecretResolver } from './inventory/secrets.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { StartFailure } from './start-failure.ts';

/** All work lists of a pass (workflows/migration/online-copy.ts) and everything else beside them. */
const MAX_CONCURRENT_ACTIVITIES = 24;
/** Of the window and the way out: a worker never has that many, so that none of them waits for another migration's. */
const MAX_CONCURRENT_WINDOW_ACTIVITIES = 100;
/** Cancellation reaches an activity with a heartbeat, and progress is lost only since the last one. */
const HEARTBEAT_THROTTLE = '2s';
/** After a worker was killed its workflows wait this long for it before another one takes them. */
const STICKY_TIMEOUT = '3s';
const MAX_CACHED_WORKFLOWS = 100;
/** Activities may go on this long after SIGTERM; then they are cancelled. */
const SHUTDOWN_GRACE = '10s';
/** After this the worker ends whatever still runs; docker-compose.yml allows more. */
const SHUTDOWN_FORCE = '30s';

export type WorkerOptions = ConnectionOptions & {
  inventory: string;
  /** A bundle that was built ahead; absent: from the cache, built when the sources changed. */
  bundle?: string | undefined;
  cacheDir?: string | undefined;
  /** The place whose storages only this worker sees, as the inventory's `boundTo` names it; absent: none. */
  boundTo?: string | undefined;
  /** `HOST:PORT` of the Prometheus endpoint; absent: none. */
  metrics?: string | undefined;
  /** False: Temporal is too old for Worker Versioning, or it is forbidden there. */
  versioning: boolean;
};

/** Returns when the worker has ended. `InvalidInput` for a bad inventory, before anything is connected. */
export async function runWorker(options: WorkerOptions, logger: Logger, redactor: Redactor): Promise<void> {
  const { inventory, remarks } = await readInventory(options.inventory);
  for (const remark of remarks) logger.warn('the inventory had better be changed', { remark });
  const build = await buildIdOf(await existing(options.bundle));
  redactor.allow(inventory);
  installRuntime(logger, options.metrics);
  const resolveSecret = createSecretResolver({
    env: options.env,
    baseDir: path.dirname(path.resolve(options.inventory)),
    redactor,
  });

  const { connection, namespace } = await connect(options);
  try {
    await registerSearchAttributes(connection, namespace, logger);
    const codePath =
      options.bundle ?? (await prepareBundle(options.cacheDir ?? defaultCacheDir(options.env), logger));
    const environment = createEnvironment(inventory, resolveSecret);
    try {
      const { activities, otherSides } = createActivities(environment);
      const identity = identityOf(`${hostname()}:${process.pid}`, build, inventoryDigest(inventory));
      const workers = await createWorkers(options.boundTo, codePath, {
        connection,
        namespace,
        identity,
        activities,
        interceptors: {
          activity: [createActivityInterceptors(redactor, otherSides), createBindingInterceptor(inventory)],
        },
        ...(options.versioning && {
          workerDeploymentOptions: {
            version: { deploymentName: DEPLOYMENT, buildId: build },
            useWorkerVersioning: true,
            defaultVersioningBehavior: 'PINNED',
          },
        }),
      });
      const running = runTogether(workers);
      const deployment = {
        temporal: { workflowService: connection.workflowService, namespace },
        build,
        identity,
        logger,
      };
      await Promise.race([running, options.versioning ? takePlace(deployment) : undefined]);
      logger.info('worker is ready', {
        taskQueues: workers.map((worker) => worker.options.taskQueue).join(' '),
        namespace,
        build,
        inventory: inventoryDigest(inventory),
      });
      // Written now, because a worker that is killed writes nothing.
      flushCompileCache();
      await watched(running, options.versioning ? deployment : undefined);
    } finally {
      await environment.close();
    }
  } finally {
    await connection.close();
  }
}

/** One for each queue, the first for workflows as well. */
async function createWorkers(
  boundTo: string | undefined,
  codePath: string,
  common: Omit<Options, 'taskQueue'>,
): Promise<Worker[]> {
  const queues = [TASK_QUEUE, ...(boundTo === undefined ? [] : [boundTaskQueue(boundTo)])];
  const withWorkflows = {
    workflowBundle: { codePath },
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
  };
  const wanted: Options[] = [
    ...queues.map((taskQueue) => ({
      taskQueue,
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_ACTIVITIES,
      ...(taskQueue === TASK_QUEUE && withWorkflows),
    })),
    ...queues.map((taskQueue) => ({
      taskQueue: windowTaskQueue(taskQueue),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_WINDOW_ACTIVITIES,
    })),
  ];
  const workers: Worker[] = [];
  for (const one of wanted)
    workers.push(
      await Worker.create({
        ...common,
        ...one,
        maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        shutdownGraceTime: SHUTDOWN_GRACE,
        shutdownForceTime: SHUTDOWN_FORCE,
      }),
    );
  return workers;
}

/** Of several workers each ends when one does: half a worker would leave activities waiting unseen. */
async function runTogether(workers: Worker[]): Promise<void> {
  const endOthers = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const ended = await Promise.allSettled(workers.map((worker) => worker.run().finally(endOthers)));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function watched(running: Promise<void>, deployment: Deployment | undefined): Promise<void> {
  const ended = new AbortController();
  if (deployment !== undefined) watchPlace(deployment, ended.signal);
  await running.finally(() => ended.abort());
}

async function existing(bundle: string | undefined): Promise<string | undefined> {
  if (bundle === undefined) return undefined;
  await access(bundle).catch((error: unknown) => {
    throw new StartFailure('invalidInput', `the bundle cannot be read: ${(error as Error).message}`);
  });
  return bundle;
}

function installRuntime(logger: Logger, metrics: string | undefined): void {
  try {
    Runtime.install({
      logger,
      telemetryOptions: {
        logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
        ...(metrics !== undefined && { metrics: { prometheus: { bindAddress: metrics } } }),
      },
    });
  } catch (error) {
    throw new StartFailure(
      'invalidInput',
      `metrics cannot be served at ${metrics}: ${(error as Error).message}`,
    );
  }
}
