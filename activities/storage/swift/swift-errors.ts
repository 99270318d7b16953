// What a Swift server's refusals mean to us.

import { TransshipError } from '../../../domain/transship-error.ts';
import { isNotAsNamed } from '../not-as-named.ts';
import { DamagedObjectError, ObjectNotFoundError, UnreadableObjectError } from '../errors.ts';

type About = { action: string; key?: string | undefined };

const MAX_SHOWN_CHARACTERS = 200;
/** 498 is what Swift's ratelimit filter says. */
const PASSING_STATUSES = new Set([408, 429, 498, 500, 502, 503, 504]);

/** May the same request succeed a little later? */
export const isPassing = (status: number): boolean => PASSING_STATUSES.has(status);

/** `isFinal`: false for a token that was refused and can be renewed by whoever tries again. */
export function refusal(
  storage: string,
  about: About,
  answer: { status: number; says: string; isFinal: boolean },
): Error {
  const { status } = answer;
  // What is written needs its container alone.
  if (status === 404 && about.key !== undefined && about.action !== 'write')
    return new ObjectNotFoundError(about.key, storage);
  if (status === 422) {
    return new DamagedObjectError(about.key ?? '', 'refused by the server: its MD5 is another');
  }
  const text = answer.says.replaceAll(/<[^>]*>|\s+/g, ' ').trim();
  const says = `${storage}: ${subjectOf(about)}: ${status} ${text.slice(0, MAX_SHOWN_CHARACTERS)}`;
  const details = { action: about.action, status };
  if (status === 413) return new TransshipError('PreflightFailed', says, details);
  if (status === 403 || (status === 401 && answer.isFinal)) {
    return new TransshipError('AccessDenied', says, details);
  }
  return new TransshipError(status === 404 ? 'StorageMismatch' : 'StorageUnavailable', says, details);
}

/** For a connection that was cut or could not be made, and for an answer that is none. */
export function networkError(storage: string, about: About, error: unknown): unknown {
  // What the storage that a body came from has thrown says more than anything here.
  const known = [TransshipError, ObjectNotFoundError, UnreadableObjectError];
  if (known.some((kind) => error instanceof kind)) return error;
  const { name, message, code = name } = error as NodeJS.ErrnoException;
  return new TransshipError(
    isNotAsNamed(error) ? 'StorageMismatch' : 'StorageUnavailable',
    `${storage}: ${subjectOf(about)}: ${message}`,
    { action: about.action, code },
    { cause: error },
  );
}

const subjectOf = ({ action, key }: About): string => (key === undefined ? action : `${action} ${key}`);
