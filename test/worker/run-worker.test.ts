// The worker as people run it: a process that is started, killed and told to stop.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../lab/free-port.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, WORKFLOW_TYPES } from '../../contracts/names.ts';
import { GOOD_INVENTORY } from '../support/inventory-file.ts';

const MAIN = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

let env: TestWorkflowEnvironment;
let folder: string;
let inventory: string;
let address: string;
const processes: ChildProcess[] = [];

type RunningWorker = { process: ChildProcess; lines: string[]; ready: Promise<void> };

function startWorker(...args: string[]): RunningWorker {
  const child = spawn(process.execPath, [MAIN, '--inventory', inventory, '--cache-dir', folder, ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: address },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  processes.push(child);
  const lines: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"msg":"worker is ready"')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}:\n${lines.join('\n')}`)));
  });
  // Some tests expect it to end, and look at the lines.
  ready.catch(() => undefined);
  return { process: child, lines, ready };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

beforeAll(async () => {
  const { TEMPORAL_CLI_PATH } = process.env;
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      port,
      ...(TEMPORAL_CLI_PATH && { executable: { type: 'existing-path', path: TEMPORAL_CLI_PATH } }),
    },
  });
  folder = await mkdtemp(path.join(tmpdir(), 'transship-worker-'));
  inventory = path.join(folder, 'inventory.yaml');
  await writeFile(inventory, GOOD_INVENTORY.replace('/srv/transship', path.join(folder, 'journal')));
});
afterEach(async () => {
  for (const child of processes.splice(0)) {
    child.kill('SIGKILL');
    await ended(child);
  }
});
afterAll(async () => {
  await env?.teardown();
  await rm(folder, { recursive: true });
});

test('it registers the search attributes, works, and ends well on SIGTERM', async () => {
  const worker = startWorker();
  await worker.ready;
  const { customAttributes } = await env.connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  for (const { name } of Object.values(SEARCH_ATTRIBUTES)) expect(customAttributes).toHaveProperty(name);

  const failed = await env.client.workflow
    .execute(WORKFLOW_TYPES.readOnly, {
      workflowId: 'registry-unknown',
      taskQueue: TASK_QUEUE,
      args: [{ registry: 'unknown', destination: 'nowhere' }],
    })
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(WorkflowFailedError);
  const history = await env.client.workflow.getHandle('registry-unknown').fetchHistory();
  const failures = history.events?.map((event) => event.activityTaskFailedEventAttributes?.failure);
  expect(failures?.find(Boolean)).toMatchObject({
    applicationFailureInfo: { type: 'InvalidInput', nonRetryable: true },
  });

  worker.process.kill('SIGTERM');
  expect(await ended(worker.process)).toBe(0);
  expect(worker.lines.join('\n')).toContain('bundle created');
  for (const line of worker.lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test('after SIGKILL another one takes the bundle from the cache and works on', async () => {
  const first = startWorker();
  await first.ready;
  first.process.kill('SIGKILL');
  await ended(first.process);
  const second = startWorker();
  await second.ready;
  expect(second.lines.join('\n')).not.toContain('bundle created');
});

test('metrics are served where it is asked for', async () => {
  const metrics = `127.0.0.1:${await freePort()}`;
  await startWorker('--metrics', metrics).ready;
  const answer = await fetch(`http://${metrics}/metrics`);
  expect(await answer.text()).toContain('temporal_');
});

test('a bad inventory ends it with 2 before anything is connected, and lists the mistakes', async () => {
  const bad = path.join(folder, 'bad.yaml');
  await writeFile(bad, 'journal: nowhere');
  const worker = startWorker('--inventory', bad, '--address', '127.0.0.1:1');
  expect(await ended(worker.process)).toBe(2);
  expect(worker.lines.join('\n')).toContain('1:10 journal: there is no storage of this name');
});
