// A Temporal server with a worker of the stand-in operations, for commands that are tried against it; the worker can be away
// for a while.

import { fileURLToPath } from 'node:url';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../contracts/names.ts';

export type ServerRig = {
  client: TestWorkflowEnvironment['client'];
  /** For `--address`. */
  address: string;
  startWorker(this: void): Promise<void>;
  stopWorker(this: void): Promise<void>;
  close(this: void): Promise<void>;
};

/** With its worker running. */
export async function startServerRig(): Promise<ServerRig> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { TEMPORAL_CLI_PATH } = process.env;
  const env = await TestWorkflowEnvironment.createLocal({
    server: {
      ...(TEMPORAL_CLI_PATH && { executable: { type: 'existing-path', path: TEMPORAL_CLI_PATH } }),
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) =>
        defineSearchAttributeKey(name, type),
      ),
    },
  });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./stand-in-operations.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  let end: (() => Promise<void>) | undefined;

  const startWorker = async (): Promise<void> => {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle,
      stickyQueueScheduleToStartTimeout: '1s',
    });
    const running = worker.run();
    end = async () => {
      worker.shutdown();
      await running;
    };
  };
  const stopWorker = async (): Promise<void> => {
    await end?.();
    end = undefined;
  };
  await startWorker();
  return {
    client: env.client,
    address: (env.connection as unknown as { options: { address: string } }).options.address,
    startWorker,
    stopWorker,
    async close() {
      await stopWorker();
      await env.teardown();
    },
  };
}
