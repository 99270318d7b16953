// A host over SSH. Connections are opened when they are needed, shared, and replaced when they break. A connection
// carries a bounded number of commands; when all are full another one is opened, because a command that waits for
// one that waits for it would never end.

import { PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { HostEntry } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { becoming, refusedToBecome } from './become.ts';
import { commandInput } from './command-input.ts';
import { commandsOver } from './commands-over.ts';
import { withoutPartialLine } from './last-lines.ts';
import { quoteArguments } from './quote-arguments.ts';
import type { CommandStream, RemoteHost, StreamOptions } from './remote-host.ts';
import { statusOfSignal } from './signal-status.ts';
import { withSecretEnvironment } from './secret-environment.ts';
import { connectSsh, type SshConnection } from './ssh-connection.ts';

const MAX_OPEN_TRIES = 5;
/** So much may wait for its reader before the host is told to wait. */
const STDOUT_BUFFER_BYTES = 1024 * 1024;
const STDERR_TAIL_BYTES = 64 * 1024;

/** `privateKey` is asked for each time a connection is opened. Nothing is connected before the first command. */
export function openSshHost(name: string, entry: HostEntry, privateKey: () => Promise<string>): RemoteHost {
  let pool: SshConnection[] = [];
  let opening: Promise<SshConnection> | undefined;

  /** A connection with a place reserved on it. */
  const reserve = async (): Promise<SshConnection> => {
    for (;;) {
      pool = pool.filter((connection) => !connection.spent);
      const found = pool.find((connection) => connection.reserve());
      if (found !== undefined) return found;
      opening ??= (async () => connectSsh(name, entry, await privateKey()))().finally(() => {
        opening = undefined;
      });
      const opened = await opening;
      if (!pool.includes(opened)) pool.push(opened);
    }
  };

  const start = async (line: string, options: StreamOptions): Promise<CommandStream> => {
    for (let tries = 0; tries < MAX_OPEN_TRIES; tries += 1) {
      const ssh = await reserve();
      const command = await ssh.exec(line, (channel) => follow(name, entry, channel, options));
      if (command !== undefined) return command;
    }
    throw new TransshipError('HostUnreachable', `host ${name} refuses commands`, { host: name });
  };

  const stream: RemoteHost['stream'] = async (argv, options = {}) => {
    options.signal?.throwIfAborted();
    const secret = options.secretEnv && withSecretEnvironment(argv, options.secretEnv);
    const command = await start(quoteArguments(becoming(entry, secret?.argv ?? argv)), options);
    if (secret !== undefined) command.stdin.write(secret.prelude);
    return command;
  };

  return commandsOver({
    name,
    stateDir: entry.stateDir,
    stream,
    async close() {
      const last = await opening?.catch(() => undefined);
      for (const open of new Set([...pool, ...(last ? [last] : [])])) open.close();
      pool = [];
    },
  });
}

/** Turns a channel into a command: its end, its status, and an end of its own when the signal says so. */
function follow(
  host: string,
  entry: HostEntry,
  channel: ClientChannel,
  { signal, failure }: StreamOptions,
): CommandStream {
  const stdout = new PassThrough({ highWaterMark: STDOUT_BUFFER_BYTES });
  let stderr = Buffer.alloc(0);
  let cut = false;
  let status: number | undefined;
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]);
    cut ||= stderr.length > STDERR_TAIL_BYTES;
    stderr = stderr.subarray(-STDERR_TAIL_BYTES);
  });
  channel.once('exit', (code: number | null, signalName?: string) => {
    status = code ?? statusOfSignal(signalName);
  });
  const done = new Promise<{ status: number; stderr: string }>((resolve, reject) => {
    const abort = (): void => {
      const reason = signal?.reason as Error;
      reject(reason);
      channel.destroy();
      stdout.destroy(reason);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    stdout.once('error', reject);
    channel.once('close', () => {
      signal?.removeEventListener('abort', abort);
      if (status !== undefined) {
        const text = stderr.toString('utf8');
        const refused = refusedToBecome(host, entry, status, text);
        if (refused === undefined) resolve({ status, stderr: cut ? withoutPartialLine(text) : text });
        else reject(refused);
        return;
      }
      const broken = new TransshipError(
        'HostUnreachable',
        `the connection to host ${host} broke while a command ran`,
        { host },
      );
      reject(broken);
      stdout.destroy(broken);
    });
  });
  // Whoever reads only stdout learns of the failure there.
  done.catch(() => undefined);
  channel.on('error', () => undefined);
  channel.pipe(stdout, { end: false });
  channel.once('end', () => {
    // A connection that breaks ends the channel too; only a status makes it the end of the command's output.
    done.then(
      (end) => {
        if (failure === undefined || end.status === 0) stdout.end();
        else stdout.destroy(failure(end.status, end.stderr));
        return undefined;
      },
      // Where the connection broke it is destroyed by that error already.
      (error: Error) => stdout.destroy(error),
    );
  });
  stdout.once('close', () => {
    if (!stdout.readableEnded) channel.destroy();
  });
  return { stdin: commandInput(channel), stdout, done };
}
