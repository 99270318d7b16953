// The worker as people run it: a process that is started, killed and told to stop.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../lab/free-port.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, WORKFLOW_TYPES } from '../../contracts/names.ts';
import { GOOD_INVENTORY } from '../support/inventory-file.ts';

const MAIN = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../client/cli/main.ts', import.meta.url));

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

describe('a worker that cannot start ends by itself, and its exit code says why', () => {
  let taken: Server;
  let elsewhere: string;
  beforeAll(async () => {
    taken = createServer((socket) => void socket.destroy()).listen(0, '127.0.0.1');
    await once(taken, 'listening');
    elsewhere = `127.0.0.1:${await freePort()}`;
    await writeFile(path.join(folder, 'bad.yaml'), 'journal: nowhere');
    await writeFile(path.join(folder, 'broken.js'), 'this { is no bundle');
  });
  afterAll(() => void taken.close());

  const ways: [string, number, () => string[], string][] = [
    [
      'a bad inventory, before anything is connected',
      2,
      () => ['--inventory', path.join(folder, 'bad.yaml'), '--address', elsewhere],
      '1:10 journal: there is no storage of this name',
    ],
    ['no inventory', 2, () => ['--inventory', path.join(folder, 'none.yaml')], 'cannot be read: ENOENT'],
    ['a folder as the inventory', 2, () => ['--inventory', folder], 'cannot be read: EISDIR'],
    ['no namespace of this name', 2, () => ['--namespace', 'no-such'], 'has no namespace \\"no-such\\"'],
    ['no Temporal', 14, () => ['--address', elsewhere], 'Temporal cannot be reached'],
    ['something else that listens', 14, () => ['--address', addressOf(taken)], 'Temporal cannot be reached'],
    ['no profile of this name', 2, () => ['--profile', 'no-such'], 'Temporal configuration cannot be used'],
    [
      'a port of the metrics that is taken',
      2,
      () => ['--metrics', addressOf(taken)],
      'metrics cannot be served',
    ],
    ['no bundle', 2, () => ['--bundle', path.join(folder, 'none.js')], 'the bundle cannot be read'],
    ['a bundle that is none', 1, () => ['--bundle', path.join(folder, 'broken.js')], 'cannot go on'],
    ['an option that is none', 2, () => ['--no-such-option'], 'unknown option'],
  ];
  test.each(ways)('%s: %i', async (_why, code, args, said) => {
    const worker = startWorker(...args());
    expect(await ended(worker.process)).toBe(code);
    expect(worker.lines.join('\n')).toContain(said);
  });

  test.each([
    ['--namespace', 2],
    ['--address', 14],
  ] as const)('as `transship worker`, too: %s', async (option, code) => {
    const value = option === '--address' ? elsewhere : 'no-such';
    const args = [CLI, 'worker', '--inventory', inventory, '--cache-dir', folder, option, value];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, TEMPORAL_ADDRESS: address },
      stdio: 'ignore',
    });
    processes.push(child);
    expect(await ended(child)).toBe(code);
  });
});

const addressOf = (server: Server): string => `127.0.0.1:${(server.address() as { port: number }).port}`;
