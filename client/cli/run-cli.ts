// Runs one command line and returns its exit code. Whatever goes wrong is reported here, once.

import { CommanderError } from 'commander';
import { reportError } from './cli-error.ts';
import type { Context } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';
import { toCliError } from './temporal-errors.ts';

export async function runCli(args: string[], io: Io): Promise<number> {
  const context: Context = { io, exit: 'ok' };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return EXIT_CODES[context.exit].code;
  } catch (error) {
    // commander has said itself what was wrong; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.invalidInput.code;
    return reportError(io, toCliError(error), args.includes('--json'));
  }
}
