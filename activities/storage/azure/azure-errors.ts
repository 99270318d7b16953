// What the refusals of Azure's blob service mean to us. Its errors hold the whole request with its signature, so
// nothing of them is kept but what is said here.

import { RestError } from '@azure/storage-blob';
import { TransshipError } from '../../../domain/transship-error.ts';
import { isNotAsNamed } from '../not-as-named.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import { retryAfterMs, type AskedDelay } from '../../concurrency/retry.ts';

const WRONG_BYTES = new Set(['Md5Mismatch', 'Crc64Mismatch', 'InvalidMd5']);
const NO_OBJECT = new Set(['BlobNotFound', 'ResourceNotFound']);
const NO_SOURCE = 'CannotVerifyCopySource';
const NOT_AS_NAMED = new Set(['ContainerNotFound', 'InvalidResourceName', 'InvalidUri', 'ContainerDisabled']);
const BUSY_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
const REFUSED_STATUSES = new Set([401, 403]);

type Context = { storage: string; action: string; key?: string; signal?: AbortSignal | undefined };

/** The error to throw for `error`, which came of `action`, e.g. `write`, on `key`. */
export function azureError(error: unknown, context: Context): unknown {
  if (context.signal?.aborted) return context.signal.reason;
  if (error instanceof TransshipError) return error;
  // Other errors are the client's own when it does not understand an answer.
  const { name, message, statusCode: status = 0, code = name } = error as Partial<RestError> & Error;
  const subject = context.key === undefined ? '' : ` ${context.key}`;
  const said = withoutSignatures(message).split('\n', 1)[0] ?? '';
  const says = `${context.storage}: ${context.action}${subject}: ${code}${status ? ` (${status})` : ''}: ${said}`;
  const details = { action: context.action, code, status };

  if (WRONG_BYTES.has(code)) {
    return new DamagedObjectError(context.key ?? '', `refused by the server: ${code}`);
  }
  // The answer to HEAD has no body, so there the status alone is known. A write says nothing about its source.
  const isMissing = context.action !== 'write' && (NO_OBJECT.has(code) || code === 'RestError');
  if (context.key !== undefined && status === 404 && (isMissing || code === NO_SOURCE)) {
    return new ObjectNotFoundError(context.key, context.storage);
  }
  if (REFUSED_STATUSES.has(status)) return new TransshipError('AccessDenied', says, details);
  const isMismatch = NOT_AS_NAMED.has(code) || isNotAsNamed(error);
  return new TransshipError(isMismatch ? 'StorageMismatch' : 'StorageUnavailable', says, details);
}

/** The error to throw when the body of an answer broke. */
export function azureBodyError(error: unknown, context: Context): unknown {
  if (context.signal?.aborted) return context.signal.reason;
  const says = `${context.storage}: ${context.action} ${context.key ?? ''}: ${withoutSignatures((error as Error).message)}`;
  return new TransshipError('StorageUnavailable', says, { action: context.action, status: 0 });
}

export function azureDelay(error: unknown): AskedDelay {
  if (!(error instanceof RestError)) return undefined;
  if (error.statusCode !== undefined && !BUSY_STATUSES.has(error.statusCode)) return undefined;
  return { afterMs: retryAfterMs(error.response?.headers.get('retry-after')) };
}

/** Shared access signatures stand in URLs, and a service may repeat the URL that it was given. */
const withoutSignatures = (text: string): string =>
  text.replaceAll(/\?[^\s"'<>]*\bsig=[^\s"'<>]*/g, '?(signature removed)');
