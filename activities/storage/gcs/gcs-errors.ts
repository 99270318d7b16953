// What the refusals of Google Cloud Storage mean to us. No URL gets into an error: that of an upload session lets
// whoever has it write the object.

import { errors } from 'undici';
import { TransshipError } from '../../../domain/transship-error.ts';
import { isNotAsNamed } from '../not-as-named.ts';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import { retryAfterMs, type AskedDelay } from '../../concurrency/retry.ts';

const BUSY_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
const REFUSED_STATUSES = new Set([401, 403]);
/** Google: `Provided MD5 hash "…" doesn't match calculated MD5 hash "…"`, and so for CRC32C. */
const WRONG_BYTES = /doesn't match calculated|crc32c|md5/i;

/** An answer that says no. */
export class GcsAnswerError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly afterMs: number | undefined;

  constructor(status: number, reason: string, message: string, afterMs?: number) {
    super(message);
    this.name = 'GcsAnswerError';
    this.status = status;
    this.reason = reason;
    this.afterMs = afterMs;
  }
}

export function answerErrorOf(status: number, headers: Record<string, string>, text: string): GcsAnswerError {
  let said: { error?: { message?: string; errors?: { reason?: string }[] } } = {};
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    // Downloads are refused in plain text.
  }
  const message = withoutSessions(said.error?.message ?? text.slice(0, 200));
  const reason = said.error?.errors?.[0]?.reason ?? '';
  return new GcsAnswerError(status, reason, message, retryAfterMs(headers['retry-after']));
}

type Context = { storage: string; action: string; key?: string; signal?: AbortSignal | undefined };

/** The error to throw for `error`, which came of `action`, e.g. `write`, on `key`. */
export function gcsError(error: unknown, context: Context): unknown {
  if (context.signal?.aborted) return context.signal.reason;
  if (error instanceof TransshipError || error instanceof ObjectNotFoundError) return error;
  const { action, key = '', storage } = context;
  const status = error instanceof GcsAnswerError ? error.status : 0;
  const code = error instanceof GcsAnswerError ? error.reason : codeOf(error);
  const says = `${storage}: ${action} ${key}: ${code}${status ? ` (${status})` : ''}: ${(error as Error).message}`;
  const details = { action, code, status };

  if (status === 400 && action === 'write' && WRONG_BYTES.test((error as Error).message)) {
    return new DamagedObjectError(key, `refused by the server: ${(error as Error).message}`);
  }
  // A write finds no part, no upload or no bucket: that says nothing about its source.
  if (status === 404 && action !== 'write' && context.key !== undefined && !isAboutBucket(error as Error)) {
    return new ObjectNotFoundError(key, storage);
  }
  if (REFUSED_STATUSES.has(status)) return new TransshipError('AccessDenied', says, details);
  const isMismatch =
    (status === 404 && (isAboutBucket(error as Error) || context.key === undefined)) || isNotAsNamed(error);
  return new TransshipError(isMismatch ? 'StorageMismatch' : 'StorageUnavailable', says, details);
}

export function gcsDelay(error: unknown): AskedDelay {
  if (error instanceof GcsAnswerError) {
    return BUSY_STATUSES.has(error.status) ? { afterMs: error.afterMs } : undefined;
  }
  return error instanceof errors.UndiciError || codeOf(error).startsWith('E')
    ? { afterMs: undefined }
    : undefined;
}

const withoutSessions = (text: string): string => text.replaceAll(/upload_id=[^&\s"'<>]*/g, 'upload_id=…');

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).name;

const isAboutBucket = ({ message }: Error): boolean => /bucket does not exist/i.test(message);
