// What storages throw beside the failures of contracts/failures.ts. The storage activities deal with both; outside
// of them a damaged object is an `IntegrityMismatch`, and a missing one is for its reader to explain.

import { TransshipError } from '../../domain/transship-error.ts';

export class ObjectNotFoundError extends Error {
  readonly key: string;

  constructor(key: string, storage: string) {
    super(`${storage} has no object ${key}`);
    this.name = 'ObjectNotFoundError';
    this.key = key;
  }
}

/** The source did not give the bytes of an object that is there; `cause` says why. */
export class UnreadableObjectError extends Error {
  constructor(key: string, cause: unknown) {
    super(`${key} cannot be read`, { cause });
    this.name = 'UnreadableObjectError';
  }
}

/** The bytes that were to be written are not those that the caller named. Nothing was written. */
export class DamagedObjectError extends TransshipError {
  readonly key: string;

  constructor(key: string, problem: string) {
    super('IntegrityMismatch', `${key}: ${problem}`, { key });
    this.name = 'DamagedObjectError';
    this.key = key;
  }
}
