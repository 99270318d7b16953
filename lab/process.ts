// Starts and ends the lab's servers. Each is detached and known by its pid and start time, so that nobody else's
// process is ever signalled, also when the kernel has given the pid to another one since.

import { spawn } from 'node:child_process';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 50;

export type LabProcess = { name: string; pid: number; state: 'running' | 'stopped' };

type ProcessRecord = { name: string; pid: number; startTime: string };

export type ProcessOptions = {
  /** Unique within the lab's folder; names the log file `logs/<name>.log`. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment of the process; default: this process's. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Asked again and again until true; the start fails with the end of the log if that takes a minute. */
  ready?: () => Promise<boolean>;
};

/** Starts a process unless one of that name runs already. `dir` is the lab's folder. */
export async function startProcess(dir: string, options: ProcessOptions): Promise<{ pid: number }> {
  const known = await readRecord(dir, options.name);
  if (known !== undefined && (await isRunning(known))) {
    await waitUntilReady(dir, known, options);
    return { pid: known.pid };
  }
  await mkdir(join(dir, 'processes'), { recursive: true });
  await mkdir(join(dir, 'logs'), { recursive: true });
  const log = await open(logFile(dir, options.name), 'a');
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: options.env ?? process.env,
    cwd: options.cwd ?? dir,
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
  child.unref();
  await log.close();
  const record = { name: options.name, pid, startTime: (await startTimeOf(pid)) ?? '' };
  const file = recordFile(dir, options.name);
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
  await waitUntilReady(dir, record, options);
  return { pid };
}

/** Ends a process by its pid: SIGTERM, and SIGKILL after ten seconds. Ending what does not run is no error. */
export async function stopProcess(dir: string, name: string): Promise<void> {
  const record = await readRecord(dir, name);
  if (record === undefined) return;
  if (await isRunning(record)) {
    process.kill(record.pid, 'SIGTERM');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (await isRunning(record)) {
      if (Date.now() > deadline) process.kill(record.pid, 'SIGKILL');
      await sleep(POLL_INTERVAL_MS);
    }
  }
  await rm(recordFile(dir, name), { force: true });
}

/** Ends a process at once and without a chance to clean up, as a crash does. */
export async function killProcess(dir: string, name: string): Promise<void> {
  const record = await readRecord(dir, name);
  if (record === undefined || !(await isRunning(record)))
    throw new Error(`${name} does not run, so it cannot be killed`);
  process.kill(record.pid, 'SIGKILL');
  while (await isRunning(record)) await sleep(POLL_INTERVAL_MS);
}

/** Every process that was started in this folder and not ended by `stopProcess`, in the order of their names. */
export async function listProcesses(dir: string): Promise<LabProcess[]> {
  const names = (await readdir(join(dir, 'processes')).catch(() => []))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
  const found: LabProcess[] = [];
  for (const name of names) {
    const record = await readRecord(dir, name);
    if (record === undefined) continue;
    found.push({ name, pid: record.pid, state: (await isRunning(record)) ? 'running' : 'stopped' });
  }
  return found;
}

export const logFile = (dir: string, name: string): string => join(dir, 'logs', `${name}.log`);

const recordFile = (dir: string, name: string): string => join(dir, 'processes', `${name}.json`);

async function readRecord(dir: string, name: string): Promise<ProcessRecord | undefined> {
  const text = await readFile(recordFile(dir, name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ProcessRecord);
}

async function isRunning(record: ProcessRecord): Promise<boolean> {
  return (await startTimeOf(record.pid)) === record.startTime;
}

/** Field 22 of /proc/PID/stat; undefined when the process is gone or only waits to be reaped. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function waitUntilReady(dir: string, record: ProcessRecord, options: ProcessOptions): Promise<void> {
  if (options.ready === undefined) return;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await options.ready().catch(() => false))) {
    const alive = await isRunning(record);
    if (!alive || Date.now() > deadline) {
      const log = await readFile(logFile(dir, options.name), 'utf8').catch(() => '');
      throw new Error(
        `${options.name} ${alive ? 'did not get ready within a minute' : 'ended at once'}; its log ends:\n${log.slice(-2000)}`,
      );
    }
    await sleep(POLL_INTERVAL_MS);
  }
}
