// What keeps an operation from moving that it cannot say itself is said by the command line, with Temporal's word alone:
// pauses, steps that fail again and again, and the workers with their builds and inventories.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../client/cli/run-cli.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, windowTaskQueue } from '../../contracts/names.ts';
import { identityOf } from '../../domain/workers.ts';
import { recordedIo } from './recorded-io.ts';

let env: TestWorkflowEnvironment;
let stop: (() => Promise<void>)[] = [];
let mended = false;

async function startWorker(
  taskQueue: string,
  name: string,
  inventory: string,
  workflows = {},
): Promise<void> {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    identity: identityOf(name, 'b1', inventory),
    // The SDK has one worker of a build for each queue in a process.
    workerDeploymentOptions: {
      version: { deploymentName: 'test', buildId: inventory },
      useWorkerVersioning: false,
    },
    taskQueue,
    activities: {
      async waitUntilHealthy() {
        if (!mended) throw ApplicationFailure.retryable('replica b is \u001B[2Jaway');
      },
    },
    ...workflows,
  });
  const running = worker.run();
  stop.push(async () => {
    worker.shutdown();
    await running;
  });
}

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { TEMPORAL_CLI_PATH } = process.env;
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      ...(TEMPORAL_CLI_PATH && { executable: { type: 'existing-path', path: TEMPORAL_CLI_PATH } }),
      extraArgs: ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) =>
        defineSearchAttributeKey(name, type),
      ),
    },
  });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./stand-in-operations.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  await startWorker(TASK_QUEUE, 'node1:1', 'i1', { workflowBundle });
  await startWorker(windowTaskQueue(TASK_QUEUE), 'node1:1', 'i1');
});
afterAll(async () => {
  await Promise.all(stop.map((one) => one()));
  await env?.teardown();
});

const address = () => (env.connection as unknown as { options: { address: string } }).options.address;

async function transship(...args: string[]) {
  const io = recordedIo();
  const code = await runCli([...args, '--address', address()], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}
const temporal = async (...args: string[]) =>
  promisify(execFile)(process.env['TEMPORAL_CLI_PATH'] ?? 'temporal', [...args, '--address', address()]);
const statusOf = async (registry: string) => (await transship('status', registry)).stdout;

describe('a pause', () => {
  test('of the operation is said by status, and it is no end', async () => {
    await transship('migrate', 'paused', 'never-ends', '--path', 'read-only', '--detach');
    const id = 'registry-paused';
    await expect.poll(() => statusOf('paused'), { timeout: 20_000 }).toContain('preflight');
    await temporal('workflow', 'pause', '--workflow-id', id, '--reason', 'lunch');
    await expect
      .poll(() => statusOf('paused'), { timeout: 20_000 })
      .toContain('paused   registry-paused is paused since');
    const text = await statusOf('paused');
    expect(text).toContain(`${id}  PAUSED`);
    expect(text).toMatch(
      /: lunch; let it go on with: temporal workflow unpause --workflow-id registry-paused/,
    );

    const io = recordedIo();
    const watching = runCli(['watch', 'paused', '--address', address()], io);
    await expect.poll(() => io.stderr(), { timeout: 20_000 }).toContain('is paused since');
    io.interrupt();
    expect(await watching).toBe(130);
    await temporal('workflow', 'unpause', '--workflow-id', id);
    await expect.poll(() => statusOf('paused'), { timeout: 20_000 }).not.toContain('is paused since');
    expect((await transship('cancel', 'paused')).code).toBe(0);
  });

  test('of a step, and its failures before, are said as well', async () => {
    await transship('migrate', 'stuck', 'unhealthy', '--path', 'read-only', '--detach');
    await expect
      .poll(() => statusOf('stuck'), { timeout: 20_000 })
      .toMatch(/failing {2}waitUntilHealthy is tried for the \d+\. time.*: replica b is \uFFFD\[2Jaway/);
    await temporal('activity', 'pause', '--workflow-id', 'registry-stuck', '--activity-id', '1');
    await expect
      .poll(() => statusOf('stuck'), { timeout: 20_000 })
      .toMatch(/paused {3}waitUntilHealthy \(activity 1\) is paused since/);
    await temporal('activity', 'unpause', '--workflow-id', 'registry-stuck', '--activity-id', '1');
    mended = true;
    await expect.poll(() => statusOf('stuck'), { timeout: 30_000 }).toContain('COMPLETED');
  });
});

test('a step that no worker takes is said after a while', async () => {
  await transship('migrate', 'alone', 'bound-elsewhere', '--path', 'read-only', '--detach');
  await expect
    .poll(() => statusOf('alone'), { timeout: 60_000, interval: 1000 })
    .toMatch(/waiting {2}waitUntilHealthy waits since .* for a worker with a free slot/);
  await transship('cancel', 'alone');
});

describe('workers', () => {
  test('says builds and inventories, and 18 when they do not fit each other', async () => {
    await expect.poll(async () => (await transship('workers')).code, { timeout: 20_000 }).toBe(0);
    const { stdout } = await transship('workers');
    expect(stdout).toMatch(
      /WORKER +BUILD +INVENTORY +LAST SEEN +TASK QUEUES\nnode1:1 +b1 +i1 +\S+Z +transship transship-window/,
    );
    await startWorker(TASK_QUEUE, 'node2:2', 'i2', {});
    await expect.poll(async () => (await transship('workers')).code, { timeout: 20_000 }).toBe(18);
    const json = JSON.parse((await transship('workers', '--json')).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({
      workers: [
        { process: 'node1:1', inventory: 'i1' },
        { process: 'node2:2', inventory: 'i2' },
      ],
      findings: [expect.stringContaining('different inventories (i1: node1:1; i2: node2:2)')],
      stranded: [],
    });
  });
});
