// The one interface to a machine that is reached over SSH. Arguments are quoted word by word, never spliced into a
// shell string; secrets travel by stdin into the environment of the command, never in its arguments.

import type { Readable, Writable } from 'node:stream';

export type RunOptions = {
  /** Given to the command's standard input; default: nothing. */
  input?: string | Buffer | Readable;
  /** Set in the command's environment without appearing in any argument list. */
  secretEnv?: Record<string, string>;
  signal?: AbortSignal;
};

export type StreamOptions = Omit<RunOptions, 'input'> & {
  failure?: (status: number, stderr: string) => Error;
};

export type CommandResult = { status: number; stdout: string; stderr: string };

export type CommandStream = {
  stdin: Writable;
  stdout: Readable;
  /** Resolves when the command has ended; `stderr` is its last 64 KiB. */
  done: Promise<{ status: number; stderr: string }>;
};

export interface RemoteHost {
  readonly name: string;
  /** Folder on the host for remote jobs and their outputs. */
  readonly stateDir: string;
  /** Runs a short command to its end. A non-zero status is a result, not an error. `HostUnreachable` if the connection breaks. */
  run(argv: string[], options?: RunOptions): Promise<CommandResult>;
  /** As `run`, and `CommandFailed` with the end of its output unless the status is 0. Returns stdout. */
  check(argv: string[], options?: RunOptions): Promise<string>;
  /**
   * Starts a command whose input and output are streams. With `failure` its output fails with that error instead of
   * ending when the status is not 0.
   */
  stream(argv: string[], options?: StreamOptions): Promise<CommandStream>;
  close(): Promise<void>;
}
