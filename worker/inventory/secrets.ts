// Resolves references to secrets at the moment of use, so that a rotated secret is picked up without a restart. Every
// value goes to the redactor before anybody gets it. Messages name the reference, never what it held.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { SecretRef } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Redactor } from './redactor.ts';

const COMMAND_TIMEOUT_MS = 10_000;
const COMMAND_MAX_OUTPUT_BYTES = 1024 * 1024;

const run = promisify(execFile);

export type SecretOptions = {
  env: NodeJS.ProcessEnv;
  /** Relative files and commands are looked up here: the folder of the inventory. */
  baseDir: string;
  redactor: Redactor;
};

/** `SecretUnavailable` if it cannot be read or is empty. One newline at the end is not part of a secret. */
export function createSecretResolver(options: SecretOptions): (ref: SecretRef) => Promise<string> {
  return async (ref) => {
    const value = (await read(ref, options)).replace(/\r?\n$/, '');
    if (value === '') throw unavailable(ref, 'it is empty');
    options.redactor.remember(value);
    return value;
  };
}

async function read(ref: SecretRef, { env, baseDir }: SecretOptions): Promise<string> {
  if ('env' in ref) {
    const value = env[ref.env];
    if (value === undefined) throw unavailable(ref, 'it is not set');
    return value;
  }
  if ('file' in ref) {
    try {
      return await readFile(path.resolve(baseDir, ref.file), 'utf8');
    } catch (error) {
      throw unavailable(ref, codeOf(error));
    }
  }
  const [command = '', ...args] = ref.command;
  try {
    const { stdout } = await run(command, args, {
      cwd: baseDir,
      env,
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: COMMAND_MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    throw unavailable(ref, codeOf(error));
  }
}

function unavailable(ref: SecretRef, why: string): TransshipError {
  const name =
    'env' in ref
      ? `the variable ${ref.env}`
      : 'file' in ref
        ? `the file ${ref.file}`
        : `the command ${ref.command[0]}`;
  return new TransshipError('SecretUnavailable', `a secret cannot be read from ${name}: ${why}`);
}

/** Not the error's own message: that of a command holds its arguments and what it printed. */
function codeOf(error: unknown): string {
  const { code, killed } = error as { code?: string | number; killed?: boolean };
  if (killed) return `it did not end within ${COMMAND_TIMEOUT_MS / 1000} s`;
  return typeof code === 'number' ? `it ended with status ${code}` : (code ?? 'unknown error');
}
