// What an S3 server's refusals mean to us.

import { S3ServiceException } from '@aws-sdk/client-s3';
import { TransshipError } from '../../domain/transship-error.ts';
import { DamagedObjectError, ObjectNotFoundError, UnreadableObjectError } from './errors.ts';
import { BrokenBodyError } from './s3-put.ts';

const WRONG_BYTES = new Set([
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'IncompleteBody',
]);
const REFUSED_STATUSES = new Set([401, 403]);
/** What versitygw says, with status 404, of an access key that it does not know. */
const UNKNOWN_KEY = 'XAdminUserNotFound';

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
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const subject = context.key === undefined ? '' : ` ${context.key}`;
  const says = `${context.storage}: ${context.action}${subject}: ${name}${status ? ` (${status})` : ''}: ${message}`;
  const details = { action: context.action, code: name, status: status ?? 0 };

  if (WRONG_BYTES.has(name))
    return new DamagedObjectError(context.key ?? '', `refused by the server: ${name}`);
  // The answer to HEAD has no body, so there the SDK knows the status alone.
  if (name === 'NoSuchKey' || name === 'NotFound') {
    return new ObjectNotFoundError(context.key ?? '', context.storage);
  }
  if (name === 'CredentialsProviderError') return new TransshipError('SecretUnavailable', says, details);
  if (name === UNKNOWN_KEY || (status !== undefined && REFUSED_STATUSES.has(status))) {
    return new TransshipError('AccessDenied', says, details);
  }
  return new TransshipError('StorageUnavailable', says, details, { cause: error });
}
