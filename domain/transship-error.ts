// The error that everything below the activity boundary throws. Its type is a row of contracts/failures.ts, which
// decides whether Temporal retries it; the worker turns it into an ApplicationFailure. It never holds a secret.

import { FAILURES, type FailureType } from '../contracts/failures.ts';

export type FailureDetails = Record<string, string | number | boolean | string[]>;

export class TransshipError extends Error {
  readonly type: FailureType;
  /** Small facts for programs: names, statuses, keys. Under 2 KiB. */
  readonly details: FailureDetails;

  /** `message` says what happened and to what; the advice of the table is added where people read it. */
  constructor(type: FailureType, message: string, details: FailureDetails = {}, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'TransshipError';
    this.type = type;
    this.details = details;
  }

  get retryable(): boolean {
    return FAILURES[this.type].retryable;
  }
}
