// How a command says that it failed: a message, what can be done, and the exit code. Errors of Temporal and failures
// of workflows are turned into it here and nowhere else.

import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import { printableJson, printableLines } from '../../domain/printable.ts';
import { EXIT_CODES, exitOfFailure, type Exit } from './exit-codes.ts';
import type { Io } from './io.ts';

export type CliErrorFields = { advice?: string; workflowId?: string; type?: string };

export class CliError extends Error {
  readonly exit: Exit;
  readonly fields: CliErrorFields;

  constructor(exit: Exit, message: string, fields: CliErrorFields = {}) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
    this.fields = fields;
  }
}

/** With `--json` one object on stderr, so that stdout holds results only. */
export function reportError(io: Io, error: CliError, json: boolean): number {
  const { code } = EXIT_CODES[error.exit];
  const { advice, workflowId, type } = error.fields;
  if (json) {
    io.err(`${printableJson({ error: { message: error.message, ...error.fields }, exitCode: code })}\n`);
    return code;
  }
  io.err(`transship: ${type === undefined ? '' : `${type}: `}${printableLines(error.message)}\n`);
  if (advice !== undefined) io.err(`  ${advice}\n`);
  if (workflowId !== undefined) io.err(`  workflow ${workflowId}\n`);
  return code;
}

/** A failure of the table, with its advice. */
export function failureError(type: string, message: string, workflowId?: string): CliError {
  const row = Object.hasOwn(FAILURES, type) ? FAILURES[type as FailureType] : undefined;
  return new CliError(exitOfFailure(type), message, {
    type,
    ...(row && { advice: row.advice }),
    ...(workflowId !== undefined && { workflowId }),
  });
}
