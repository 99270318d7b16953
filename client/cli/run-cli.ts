// Runs one command line and returns its exit code. Whatever goes wrong is reported here, once.

import { CommanderError } from 'commander';
import { CliError, reportError } from './cli-error.ts';
import type { Context } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';
import { toCliError } from './temporal-errors.ts';

export async function runCli(args: string[], io: Io): Promise<number> {
  const json = args.includes('--json');
  const context: Context = { io, exit: 'ok', json };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return EXIT_CODES[context.exit].code;
  } catch (error) {
    // commander has said itself what was wrong; asking for help is no error.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return json ? reportError(io, usageError(error), json) : EXIT_CODES.invalidInput.code;
    }
    return reportError(io, toCliError(error), json);
  }
}

const usageError = ({ message }: CommanderError): CliError =>
  new CliError('invalidInput', message.replace(/^error: /, ''), {
    advice: 'Add --help for what the command does, and examples.',
  });
