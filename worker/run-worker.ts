// Runs one worker until it is told to stop: reads the inventory, connects, takes the workflow bundle from the cache and
// works. On SIGTERM activities may finish what they have in hand before they are cancelled, and then it ends well.

import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Logger } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { boundTaskQueue, TASK_QUEUE } from '../contracts/names.ts';
import { createActivities } from './activities.ts';
import { createBindingInterceptor } from './binding-interceptor.ts';
import { prepareBundle } from './bundle.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { createEnvironment } from './environment.ts';
import { createActivityInterceptors } from './failure-interceptor.ts';
import { loadInventory } from './inventory/load.ts';
import type { Redactor } from './inventory/redactor.ts';
import { createSecretResolver } from './inventory/secrets.ts';
import { registerSearchAttributes } from './search-attributes.ts';

/** All work lists of a pass (workflows/migration/online-copy.ts) and everything else beside them. */
const MAX_CONCURRENT_ACTIVITIES = 24;
/** Cancellation reaches an activity with a heartbeat, and progress is lost only since the last one. */
const HEARTBEAT_THROTTLE = '2s';
/** After a worker was killed its workflows wait this long for it before another one takes them. */
const STICKY_TIMEOUT = '3s';
const MAX_CACHED_WORKFLOWS = 100;
/** Activities may go on this long after SIGTERM; then they are cancelled. */
const SHUTDOWN_GRACE = '10s';
/** After this the worker ends whatever still runs; docker-compose.yml allows more. */
const SHUTDOWN_FORCE = '30s';

export type WorkerOptions = {
  inventory: string;
  /** A bundle that was built ahead; absent: from the cache, built when the sources changed. */
  bundle?: string | undefined;
  cacheDir?: string | undefined;
  /** The place whose storages only this worker sees, as the inventory's `boundTo` names it; absent: none. */
  boundTo?: string | undefined;
  /** `HOST:PORT` of the Prometheus endpoint; absent: none. */
  metrics?: string | undefined;
  address?: string | undefined;
  namespace?: string | undefined;
  profile?: string | undefined;
  env: NodeJS.ProcessEnv;
};

/** Returns when the worker has ended. `InvalidInput` for a bad inventory, before anything is connected. */
export async function runWorker(options: WorkerOptions, logger: Logger, redactor: Redactor): Promise<void> {
  const inventory = await loadInventory(options.inventory);
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
      const interceptors = {
        activity: [createActivityInterceptors(redactor, otherSides), createBindingInterceptor(inventory)],
      };
      const common = {
        connection,
        namespace,
        identity: `${hostname()}:${process.pid}`,
        activities,
        interceptors,
        maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_ACTIVITIES,
        maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        shutdownGraceTime: SHUTDOWN_GRACE,
        shutdownForceTime: SHUTDOWN_FORCE,
      } as const;
      const workers = [
        await Worker.create({
          ...common,
          taskQueue: TASK_QUEUE,
          workflowBundle: { codePath },
          maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
          stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
        }),
      ];
      if (options.boundTo !== undefined)
        workers.push(await Worker.create({ ...common, taskQueue: boundTaskQueue(options.boundTo) }));
      logger.info('worker is ready', {
        taskQueues: workers.map((worker) => worker.options.taskQueue).join(' '),
        namespace,
      });
      // Written now, because a worker that is killed writes nothing.
      flushCompileCache();
      await runTogether(workers);
    } finally {
      await environment.close();
    }
  } finally {
    await connection.close();
  }
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

function installRuntime(logger: Logger, metrics: string | undefined): void {
  Runtime.install({
    logger,
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metrics !== undefined && { metrics: { prometheus: { bindAddress: metrics } } }),
    },
  });
}

async function connect(options: WorkerOptions) {
  const config = loadClientConnectConfig({
    ...(options.profile !== undefined && { profile: options.profile }),
    overrideEnvVars: definedOnly(options.env),
  });
  const address = options.address ?? config.connectionOptions.address;
  const connection = await NativeConnection.connect({
    ...config.connectionOptions,
    ...(address !== undefined && { address }),
  });
  return { connection, namespace: options.namespace ?? config.namespace ?? 'default' };
}

const definedOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
