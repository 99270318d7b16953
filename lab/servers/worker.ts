// Starts a Transship worker beside the lab, as an operator would: with the inventory file and Temporal's address.

import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { listProcesses, logFile, startProcess } from '../process.ts';

export const WORKER_PROCESS = 'worker';
const WORKER_MAIN = resolve(import.meta.dirname, '../../worker/main.ts');
/** The worker's log line that says that it polls. */
const READY_LINE = 'worker is ready';

export type WorkerOptions = { inventory: string; temporalAddress: string };

/** Starts the worker unless it runs; returns when it takes work. Also brings one back that was killed. */
export async function startWorker(dir: string, options: WorkerOptions): Promise<{ pid: number }> {
  const cwd = join(dir, 'worker');
  await mkdir(cwd, { recursive: true });
  // A worker that runs has said so already; a new one says it once more in the same log.
  const readyBefore = (await runs(dir)) ? -1 : await countReadyLines(dir);
  return await startProcess(dir, {
    name: WORKER_PROCESS,
    command: process.execPath,
    args: [WORKER_MAIN, '--inventory', options.inventory],
    env: { ...withoutAws(process.env), TEMPORAL_ADDRESS: options.temporalAddress },
    cwd,
    ready: async () => (await countReadyLines(dir)) > readyBefore,
  });
}

async function runs(dir: string): Promise<boolean> {
  const known = (await listProcesses(dir)).find((process) => process.name === WORKER_PROCESS);
  return known?.state === 'running';
}

async function countReadyLines(dir: string): Promise<number> {
  const log = await readFile(logFile(dir, WORKER_PROCESS), 'utf8').catch(() => '');
  return log.split(READY_LINE).length - 1;
}

/** What the machine sets for AWS must not change how the worker reaches the lab's S3. */
const withoutAws = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
