// A directory on an SSH host as scripts act on it: each gets the directory as its first argument, and its status is told
// in the errors of storages.

import { setTimeout as sleep } from 'node:timers/promises';
import { TransshipError } from '../../../domain/transship-error.ts';
import { lastLines } from '../../hosts/last-lines.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { DamagedObjectError } from '../errors.ts';
import { STAGING_FOLDER } from '../staging.ts';
import type { WriteOptions } from '../storage.ts';
import { LINK_SAYS, NO_ROOT, REAL, SWEEP, UNFIT, WRONG_BYTES } from './host-scripts.ts';

const MESSAGE_TAIL_CHARACTERS = 500;
/** While the host hashes or copies nobody sees bytes flow; SSH's keep-alive tells whether it is still there. */
const STILL_THERE_INTERVAL_MS = 1000;
const NOTICE_MS = 10_000;

type Signalled = { signal?: AbortSignal };
type StreamOptions = Parameters<RemoteHost['stream']>[1];

export class HostDirectory {
  readonly host: RemoteHost;
  readonly root: string;
  /** For people. */
  readonly describe: string;
  readonly staging = STAGING_FOLDER;
  readonly #begin: string;
  #swept: Promise<unknown> | undefined;

  /** `isReal`: no link leads to the directory itself either. */
  constructor(host: RemoteHost, root: string, isReal: boolean) {
    this.host = host;
    this.#begin = isReal ? REAL : '';
    this.root = root;
    this.describe = `directory ${root} on host ${host.name}`;
  }

  run(script: string, args: string[], options: Signalled & { input?: string | Buffer } = {}) {
    return this.host.run(this.#argv(script, args), options);
  }

  stream(script: string, args: string[], options?: StreamOptions) {
    return this.host.stream(this.#argv(script, args), options);
  }

  /** What the script prints; any status but 0 is thrown. */
  async check(script: string, args: string[], options: Signalled & { input?: string } = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(script, args, options);
    if (status !== 0) throw this.failure(status, stderr);
    return stdout;
  }

  /** As `check`, of a script that makes the object of this key and may find other bytes than it was told. */
  async make(key: string, script: string, args: string[], options: WriteOptions): Promise<string> {
    const { signal } = options;
    const running = this.run(script, args, signal && { signal });
    const { status, stdout, stderr } = await seenMoving(running, options);
    if (status === WRONG_BYTES) throw new DamagedObjectError(key, `has ${stdout.trim()}`);
    if (status !== 0) throw this.failure(status, stderr);
    return stdout;
  }

  /** Once what killed commands have left is removed. Failing is not remembered. */
  async swept(): Promise<void> {
    this.#swept ??= this.check(SWEEP, [this.staging]).catch((error: unknown) => {
      this.#swept = undefined;
      throw error;
    });
    await this.#swept;
  }

  failure(status: number, stderr: string): TransshipError {
    const host = this.host.name;
    const end = lastLines(stderr, MESSAGE_TAIL_CHARACTERS);
    if (end.includes(LINK_SAYS)) return new TransshipError('UnsafeKey', `${this.describe}: ${end}`, { host });
    if (status === UNFIT || /File name too long/i.test(end)) {
      return new TransshipError('InvalidInput', `${this.describe} cannot hold an object: ${end}`, { host });
    }
    if (status === NO_ROOT)
      return new TransshipError('StorageMismatch', `${this.describe}: does not exist`, { host, status });
    const type = /permission denied/i.test(end) ? 'AccessDenied' : 'StorageUnavailable';
    const problem = `status ${status}: ${end}`;
    return new TransshipError(type, `${this.describe}: ${problem}`, { host, status });
  }

  #argv(script: string, args: string[]): string[] {
    return ['sh', '-c', this.#begin + script, 'sh', this.root, ...args];
  }
}

/** Tells that the host works, for as long as it does. */
export async function seenMoving<T>(work: Promise<T>, { moved }: WriteOptions): Promise<T> {
  const ticking = moved && setInterval(moved, STILL_THERE_INTERVAL_MS);
  return await work.finally(() => clearInterval(ticking));
}

/**
 * Returns when a command whose input broke has ended, so that nothing of it is made after what is tidied up next. Not for
 * ever: a host that has not noticed by then has lost the connection.
 */
export async function noticed(done: Promise<unknown>): Promise<void> {
  await Promise.race([done.catch(() => undefined), sleep(NOTICE_MS, undefined, { ref: false })]);
}
