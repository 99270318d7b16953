// Runs one worker until it is told to stop: reads the inventory, connects, takes the workflow bundle from the cache and
// works. On SIGTERM activities may finish what they have in hand before they are cancelled, and then it ends well.

import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Logger } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { TASK_QUEUE } from '../contracts/names.ts';
import { createActivities } from './activities.ts';
import { prepareBundle } from './bundle.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { createEnvironment } from './environment.ts';
import { createActivityInterceptors } from './failure-interceptor.ts';
import { loadInventory } from './inventory/load.ts';
import type { Redactor } from './inventory/redactor.ts';
import { createSecretResolver } from './inventory/secrets.ts';
import { registerSearchAttributes } from './search-attributes.ts';

/** Shards of copying that one worker runs at once, beside everything else. */
const MAX_CONCURRENT_ACTIVITIES = 16;
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
      const worker = await Worker.create({
        connection,
        namespace,
        taskQueue: TASK_QUEUE,
        identity: `${hostname()}:${process.pid}`,
        workflowBundle: { codePath },
        activities: createActivities(environment),
        interceptors: { activity: [createActivityInterceptors(redactor)] },
        maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_ACTIVITIES,
        maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
        maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
        shutdownGraceTime: SHUTDOWN_GRACE,
        shutdownForceTime: SHUTDOWN_FORCE,
      });
      logger.info('worker is ready', { taskQueue: TASK_QUEUE, namespace });
      // Written now, because a worker that is killed writes nothing.
      flushCompileCache();
      await worker.run();
    } finally {
      await environment.close();
    }
  } finally {
    await connection.close();
  }
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
