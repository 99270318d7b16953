// How a command says that it failed: a message, what can be done, and the exit code. Errors of Temporal and failures
// of workflows are turned into it here and nowhere else.

import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import { oneLine, plainLines, visibleJson } from '../../domain/text/plain-text.ts';
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

/** What scripts find in each failure, where it has no type and advice of its own. */
const OF_FAILED = { type: 'Failed', advice: 'Read the message; the exit code says of what kind it is.' };
const OF_EXIT: Partial<Record<Exit, { type: string; advice: string }>> = {
  invalidInput: { type: 'InvalidInput', advice: FAILURES.InvalidInput.advice },
  notFound: { type: 'NotFound', advice: 'See what there is with transship list --all.' },
  alreadyRunning: { type: 'AlreadyRunning', advice: 'Watch it with transship watch.' },
  unreachable: { type: 'TemporalUnreachable', advice: 'Check the address, and that the server is up.' },
};

/** With `--json` one object on stderr, so that stdout holds results only. */
export function reportError(io: Io, error: CliError, json: boolean): number {
  const { code } = EXIT_CODES[error.exit];
  const { advice, workflowId, type } = error.fields;
  if (json) {
    const fields = { ...(OF_EXIT[error.exit] ?? OF_FAILED), ...error.fields };
    io.err(`${visibleJson({ error: { message: error.message, ...fields }, exitCode: code })}\n`);
    return code;
  }
  io.err(`${plainLines(`transship: ${type === undefined ? '' : `${type}: `}${error.message}`)}\n`);
  if (advice !== undefined) io.err(`  ${oneLine(advice)}\n`);
  if (workflowId !== undefined) io.err(`  workflow ${oneLine(workflowId)}\n`);
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
