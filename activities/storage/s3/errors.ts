// What an S3 server's refusals mean to us.

import { S3ServiceException } from '@aws-sdk/client-s3';
import { TransshipError } from '../../../domain/transship-error.ts';
import { DamagedObjectError, ObjectNotFoundError, UnreadableObjectError } from '../errors.ts';
import { isNotAsNamed } from '../not-as-named.ts';
import { RefusedError } from './wire.ts';

/** What servers say of bytes that are not those that the digest in the request's head names. */
const OTHER_DIGEST = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch']);
const WRONG_BYTES = new Set([...OTHER_DIGEST, 'IncompleteBody']);
const CLOCK_CODES = new Set(['RequestTimeTooSkewed', 'RequestExpired']);
const REFUSED_STATUSES = new Set([401, 403]);
/** What versitygw says, with status 404, of an access key that it does not know. */
const UNKNOWN_KEY = 'XAdminUserNotFound';

/** No bucket of that name, or not in this region. HEAD tells the status alone. */
const NOT_AS_NAMED = new Set([
  'NoSuchBucket',
  'InvalidBucketName',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const MOVED_PERMANENTLY = 301;

/** Of temporary keys, which whoever gave them must renew: then the next try has the new ones. */
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired']);
const BAD_TOKEN = 'InvalidToken';

/** The body could not be read to its end, for a `cause` that has nothing to do with the server. */
export class BrokenBodyError extends Error {}

/** The error to throw for `error`, which came of `action`, e.g. `write`, on `key`. */
export function s3Error(
  error: unknown,
  context: { storage: string; action: string; key?: string; signal?: AbortSignal | undefined },
): unknown {
  if (context.signal?.aborted) return context.signal.reason;
  if (error instanceof BrokenBodyError) return error.cause;
  // What the storage that a body came from has thrown says more than anything here.
  const known = [TransshipError, ObjectNotFoundError, UnreadableObjectError];
  if (known.some((kind) => error instanceof kind)) return error;
  const { name, message } = error as Error;
  const status = statusOf(error);
  const subject = context.key === undefined ? '' : ` ${context.key}`;
  const says = `${context.storage}: ${context.action}${subject}: ${name}${status ? ` (${status})` : ''}: ${message}`;
  const details = { action: context.action, code: name, status: status ?? 0 };

  if (WRONG_BYTES.has(name))
    return new DamagedObjectError(context.key ?? '', `refused by the server: ${name}`);
  if (CLOCK_CODES.has(name)) {
    // The next try is signed with the server's time, so it may well succeed.
    return new TransshipError('StorageUnavailable', `${says} (${clockDifference(error)})`, details);
  }
  // The answer to HEAD has no body, so there the status alone is known.
  // What is written need not be there: then it is an upload that the server has forgotten.
  if (context.action !== 'write' && (name === 'NoSuchKey' || name === 'NotFound')) {
    return new ObjectNotFoundError(context.key ?? '', context.storage);
  }
  if (EXPIRED.has(name))
    return new TransshipError(
      'SecretUnavailable',
      `${says} (the session token has expired: renew it)`,
      details,
    );
  if (name === 'CredentialsProviderError') return new TransshipError('SecretUnavailable', says, details);
  if (name === UNKNOWN_KEY || name === BAD_TOKEN || (status !== undefined && REFUSED_STATUSES.has(status))) {
    return new TransshipError('AccessDenied', says, details);
  }
  const isMismatch = NOT_AS_NAMED.has(name) || status === MOVED_PERMANENTLY || isNotAsNamed(error);
  return new TransshipError(isMismatch ? 'StorageMismatch' : 'StorageUnavailable', says, details, {
    cause: error,
  });
}

/**
 * Did the server hash the body, and refuse it for that? Status 400 alone does not say so: an expired token, a slow
 * request and what a proxy does not like have it, too.
 */
export const refusedForItsBytes = (error: unknown): boolean =>
  error instanceof RefusedError && OTHER_DIGEST.has(error.name);

export function statusOf(error: unknown): number | undefined {
  if (error instanceof RefusedError) return error.status;
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function clockDifference(error: unknown): string {
  const aheadMs = error instanceof RefusedError ? error.clockAheadMs : aheadOf(error);
  if (aheadMs === undefined) return 'the clocks of this worker and of the server differ';
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `the clock of this worker is ${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} that of the server`;
}

/** Of an exception of the SDK. */
function aheadOf(error: unknown): number | undefined {
  const { $response } = error as { $response?: { headers?: Record<string, string> } };
  const date = Date.parse($response?.headers?.['date'] ?? '');
  return Number.isNaN(date) ? undefined : date - Date.now();
}
