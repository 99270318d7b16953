// One run of gpg. Its home is a folder in memory for this run alone, so that no key ring of the worker is used or changed and
// no key is on a disk; the homes of workers that were killed are removed by the next run.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { TransshipError } from '../../domain/transship-error.ts';
import { SYSTEM_PATH } from '../hosts/local-host.ts';

/** Memory on every Linux. */
const MEMORY = '/dev/shm';
const HOME_PREFIX = 'transship-gnupg-';
const STATUS_PREFIX = '[GNUPG:] ';

export type GpgEnd = {
  status: number;
  /** What it said for programs (doc/DETAILS of GnuPG), e.g. `DECRYPTION_OKAY`. */
  says: string[];
  stderr: string;
};

export type GpgRun = {
  home: string;
  args: string[];
  input: Readable;
  passphrase?: string;
  /** Secret keys are used by its agent alone. */
  hasAgent?: boolean;
  signal: AbortSignal;
  /** Default: that of the system. */
  path?: string;
};

export type GpgHome = {
  readonly folder: string;
  /** Resolves with the path of the file. */
  write(name: string, content: string): Promise<string>;
};

/** The home is there while `use` runs, whatever its end. */
export async function* withGpgHome<T>(use: (home: GpgHome) => AsyncGenerator<T>): AsyncGenerator<T> {
  // A folder of another name space may belong to a process that cannot be seen here.
  const space = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? '';
  await removeDeadHomes(`${HOME_PREFIX}${space}-`);
  const folder = await mkdtemp(join(MEMORY, `${HOME_PREFIX}${space}-${process.pid}-`));
  try {
    yield* use({
      folder,
      async write(name, content) {
        const file = join(folder, name);
        await writeFile(file, content, { mode: 0o600 });
        return file;
      },
    });
  } finally {
    await endAgent(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Yields what it prints, and returns how it ended when that is all. An `input` that failed is thrown, and so is the signal's reason. */
export async function* runGpg(run: GpgRun): AsyncGenerator<Buffer, GpgEnd> {
  const { home, args, input, passphrase, hasAgent = false, signal, path = SYSTEM_PATH } = run;
  signal.throwIfAborted();
  const child = spawn(
    'gpg',
    [
      ...['--batch', '--no-tty', '--no-options', '--status-fd', '4', '--pinentry-mode', 'loopback'],
      ...(hasAgent ? [] : ['--no-autostart']),
      ...(passphrase === undefined ? [] : ['--passphrase-fd', '3']),
      ...args,
    ],
    {
      cwd: '/',
      env: { PATH: path, GNUPGHOME: home, LANG: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new TransshipError(
          error.code === 'ENOENT' ? 'ProgramMissing' : 'CommandFailed',
          `gpg cannot be run on this worker: ${error.code ?? error.message}`,
        ),
      ),
    );
    child.once('close', (code) => resolve(code ?? -1));
  });
  ended.catch(() => undefined);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const [, , , toPassphrase, fromStatus] = child.stdio as unknown as [
    Writable,
    Readable,
    Readable,
    Writable,
    Readable,
  ];
  toPassphrase.on('error', () => undefined);
  toPassphrase.end(`${passphrase ?? ''}\n`);
  const [says, stderr] = [text(fromStatus), text(child.stderr)];
  const fed = pipeline(input, child.stdin).then(
    () => undefined,
    (error: Error) => error,
  );
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const status = await ended;
    const unfed = await fed;
    signal.throwIfAborted();
    // gpg may end without reading all, which its status explains; where it is content, it took a part for the whole.
    if (unfed !== undefined && (status === 0 || !isBrokenPipe(unfed))) throw unfed;
    return { status, says: statusLines(await says), stderr: await stderr };
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
    await ended.catch(() => undefined);
    input.destroy();
  }
}

const statusLines = (said: string): string[] =>
  said
    .split('\n')
    .filter((line) => line.startsWith(STATUS_PREFIX))
    .map((line) => line.slice(STATUS_PREFIX.length).trimEnd());

/** Of its own input, when it has ended. */
const isBrokenPipe = (error: Error): boolean =>
  ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');

/** It outlives gpg; where there was none this does nothing. */
async function endAgent(home: string): Promise<void> {
  await promisify(execFile)('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], {
    env: { PATH: SYSTEM_PATH },
  }).catch(() => undefined);
}

async function removeDeadHomes(prefix: string): Promise<void> {
  for (const name of await readdir(MEMORY)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    await endAgent(join(MEMORY, name));
    // What its gpg still writes to is left to the next run
    await rm(join(MEMORY, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
