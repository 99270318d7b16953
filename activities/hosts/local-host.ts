// The worker's own machine as a host, so that what is done on hosts is done there in the same way. Commands get the
// environment of a fresh login and none of the worker's variables, which may hold secrets.

import { spawn } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { TransshipError } from '../../domain/transship-error.ts';
import { commandsOver } from './commands-over.ts';
import { withoutPartialLine } from './last-lines.ts';
import type { RemoteHost } from './remote-host.ts';
import { statusOfSignal } from './signal-status.ts';
import { withSecretEnvironment } from './secret-environment.ts';

/** Where programs are found, whatever the worker was started with. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const STDERR_TAIL_BYTES = 64 * 1024;
/** What shells answer when there is no such command, or none that may be run. */
const NO_SUCH_COMMAND = 127;

export const LOCAL_HOST = "the worker's own machine";

/** `stateDir` as in the inventory's hosts. */
export function openLocalHost(stateDir: string): RemoteHost {
  const stream: RemoteHost['stream'] = async (argv, options = {}) => {
    const { signal, secretEnv, failure } = options;
    signal?.throwIfAborted();
    const secret = secretEnv && withSecretEnvironment(argv, secretEnv);
    const [command = '', ...args] = secret?.argv ?? argv;
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: SYSTEM_PATH, HOME: homedir(), USER: userInfo().username, LANG: 'C.UTF-8' },
    });
    let stderr = Buffer.alloc(0);
    let cut = false;
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]);
      cut ||= stderr.length > STDERR_TAIL_BYTES;
      stderr = stderr.subarray(-STDERR_TAIL_BYTES);
    });
    child.stdin.on('error', () => undefined);
    const done = new Promise<{ status: number; stderr: string }>((resolve, reject) => {
      const abort = (): void => {
        child.kill('SIGTERM');
        reject(signal?.reason as Error);
        child.stdout.destroy(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EACCES')
          resolve({ status: NO_SUCH_COMMAND, stderr: `${command}: ${error.code}` });
        else reject(new TransshipError('CommandFailed', `${command} on ${LOCAL_HOST}: ${error.message}`));
      });
      child.once('close', (code, ended) => {
        signal?.removeEventListener('abort', abort);
        const text = stderr.toString('utf8');
        const end = { status: code ?? statusOfSignal(ended ?? undefined), stderr: text };
        resolve(cut ? { ...end, stderr: withoutPartialLine(text) } : end);
      });
    });
    done.catch(() => undefined);
    if (failure !== undefined)
      done.then(
        (end) => end.status !== 0 && child.stdout.destroy(failure(end.status, end.stderr)),
        () => undefined,
      );
    if (secret !== undefined) child.stdin.write(secret.prelude);
    return { stdin: child.stdin, stdout: child.stdout, done };
  };
  return commandsOver({ name: LOCAL_HOST, stateDir, stream, close: async () => undefined });
}
