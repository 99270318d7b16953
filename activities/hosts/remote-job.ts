// Long commands on hosts: remote jobs. Each is started once under its id and belongs to nobody: not to the connection, not to
// the worker. Whoever asks for the same id again, on any worker, finds it and follows it to its end.
//
// Cancelling the caller leaves the job running, so that a retry finds it; `cancel: 'terminate'` ends it instead.

import { join } from 'node:path/posix';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransshipError } from '../../domain/transship-error.ts';
import { withoutPartialLine } from './last-lines.ts';
import type { RemoteHost } from './remote-host.ts';
import {
  PROBE_REMOTE_JOB,
  REMOVE_REMOTE_JOB,
  START_REMOTE_JOB,
  TERMINATE_REMOTE_JOB,
} from './remote-job-scripts.ts';

const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 2000;
const TAIL_BYTES = 16 * 1024;
/** A connection that breaks is opened again and the job looked for, so many times in a row. */
const MAX_LOST_POLLS = 5;
const REMOTE_JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

export type RemoteJob = {
  /** Unique on the host, e.g. `<workflow id>-<first run id>-backup-1`. Letters, digits, `.`, `_`, `-`. */
  id: string;
  argv: string[];
  /** Needed for the start only; see RemoteHost. The command and its children can see it, nobody else's process. */
  secretEnv?: Record<string, string>;
  /** File on the host for the command's standard input. Default: nothing. */
  stdinFile?: string;
  signal?: AbortSignal;
  /** Default `leave`. */
  cancel?: 'leave' | 'terminate';
  onPoll?: (poll: { stdoutBytes: number }) => void;
};

export type RemoteJobResult = {
  /** Exit status of the command; 128 and its number for a signal. */
  status: number;
  /** On the host. */
  stdoutFile: string;
  stdoutBytes: number;
  /** The last 16 KiB of what it printed. */
  stdoutTail: string;
  stderrTail: string;
};

type Probe =
  | { state: 'none' }
  | {
      state: 'running' | 'ended' | 'died';
      status: number;
      stdoutBytes: number;
      stdoutTail: string;
      stderrTail: string;
    };

/**
 * Starts the job unless it was started before, and waits for its end. A non-zero status is a result, not an error.
 * `CommandFailed` when the job was killed from outside or by a reboot, so that nobody knows what it did;
 * `HostUnreachable` when the host stays away. Rejects with the signal's reason when that is aborted.
 */
export async function runRemoteJob(host: RemoteHost, job: RemoteJob): Promise<RemoteJobResult> {
  const folder = folderOf(host, job.id);
  let pollMs = FIRST_POLL_MS;
  let lost = 0;
  try {
    for (;;) {
      job.signal?.throwIfAborted();
      try {
        const probe = await probeRemoteJob(host, folder, job.signal);
        lost = 0;
        if (probe.state === 'none') {
          await startRemoteJob(host, folder, job);
          continue;
        }
        job.onPoll?.({ stdoutBytes: probe.stdoutBytes });
        if (probe.state === 'died') throw diedWithoutStatus(host, job, folder);
        if (probe.state === 'ended') {
          const { status, stdoutBytes, stdoutTail, stderrTail } = probe;
          return { status, stdoutFile: join(folder, 'stdout'), stdoutBytes, stdoutTail, stderrTail };
        }
      } catch (error) {
        if (!(error instanceof TransshipError) || error.type !== 'HostUnreachable') throw error;
        lost += 1;
        if (lost > MAX_LOST_POLLS) throw error;
      }
      await sleep(pollMs, undefined, job.signal ? { signal: job.signal } : {});
      pollMs = Math.min(pollMs * 1.5, MAX_POLL_MS);
    }
  } catch (error) {
    if (!job.signal?.aborted) throw error;
    if (job.cancel === 'terminate') await host.run(['sh', '-c', TERMINATE_REMOTE_JOB, 'sh', folder]);
    throw job.signal.reason;
  }
}

/** All that the job has printed to stdout so far. */
export async function readRemoteJobOutput(
  host: RemoteHost,
  id: string,
  options: { signal?: AbortSignal } = {},
): Promise<Readable> {
  return (await host.stream(['cat', '--', join(folderOf(host, id), 'stdout')], options)).stdout;
}

/** Removes the job's outputs and its memory: the same id would be started again. Refuses while the job runs. */
export async function removeRemoteJob(host: RemoteHost, id: string): Promise<void> {
  const { status, stderr } = await host.run(['sh', '-c', REMOVE_REMOTE_JOB, 'sh', folderOf(host, id)]);
  if (status === 0) return;
  throw new TransshipError(
    'CommandFailed',
    status === 3
      ? `remote job ${id} on host ${host.name} still runs`
      : `remote job ${id} on host ${host.name}: ${stderr}`,
    { host: host.name, job: id },
  );
}

function folderOf(host: RemoteHost, id: string): string {
  if (!REMOTE_JOB_ID.test(id)) throw new TransshipError('InvalidInput', `not an id of a remote job: ${id}`);
  return join(host.stateDir, 'jobs', id);
}

async function startRemoteJob(host: RemoteHost, folder: string, job: RemoteJob): Promise<void> {
  const names = Object.keys(job.secretEnv ?? {}).join(' ');
  const stdin = job.stdinFile ?? '/dev/null';
  const argv = ['sh', '-c', START_REMOTE_JOB, 'sh', folder, stdin, names, ...job.argv];
  await host.check(argv, {
    ...(job.secretEnv && { secretEnv: job.secretEnv }),
    ...(job.signal && { signal: job.signal }),
  });
}

async function probeRemoteJob(
  host: RemoteHost,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Probe> {
  const answer = await host.check(
    ['sh', '-c', PROBE_REMOTE_JOB, 'sh', folder, String(TAIL_BYTES)],
    signal ? { signal } : {},
  );
  const [first = '', bytes = '', stdoutTail = '', stderrTail = ''] = answer.split('\n');
  const [state, status] = first.split(' ');
  if (state === 'none') return { state };
  if (state !== 'running' && state !== 'ended' && state !== 'died') {
    throw new TransshipError('CommandFailed', `host ${host.name} gave no state of a remote job: ${first}`);
  }
  return {
    state,
    status: Number(status),
    stdoutBytes: Number(bytes),
    stdoutTail: tailOf(stdoutTail),
    stderrTail: tailOf(stderrTail),
  };
}

/** The text of a tail. One that is as long as a tail may be began in the middle of a line, which is left out. */
function tailOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return bytes.length < TAIL_BYTES ? text : withoutPartialLine(text);
}

function diedWithoutStatus(host: RemoteHost, job: RemoteJob, folder: string): TransshipError {
  return new TransshipError(
    'CommandFailed',
    `${job.argv[0]} on host ${host.name} was killed or the host was restarted, so what it did is unknown; ` +
      `when that is known, remove ${folder} on the host to let it run again`,
    { host: host.name, job: job.id, folder },
  );
}
