// How an HTTP answer that is no success becomes a typed error. The product's error body is
// `{"errors":[{"code","message"}]}` (dtr-msr.md §3.2); read-only answers in plain text (§4).

import type { FailureType } from '../../contracts/failures.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { retryAfterMs } from '../concurrency/retry.ts';
import type { HttpAnswer } from './http-connection.ts';

const TOO_MANY_REQUESTS = 429;

/**
 * The text is not cut here: a secret that is cut in two is no longer known to the redactor. The worker cuts what has
 * passed it. `what` names the request, e.g. `GET /api/v0/crons of https://dtr`.
 */
export function refusal(answer: HttpAnswer, what: string): TransshipError {
  const { code, message } = readErrorBody(answer.body);
  const asked = retryAfterMs(answer.headers['retry-after']);
  const details = {
    status: answer.status,
    ...(code === '' ? {} : { code }),
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
  };
  const reason = [code, message].filter((part) => part !== '').join(': ');
  return new TransshipError(
    failureType(answer.status),
    `${what} answered ${answer.status}${reason === '' ? '' : ` (${reason})`}.`,
    details,
  );
}

function failureType(status: number): FailureType {
  if (status === 401 || status === 403) return 'AccessDenied';
  if (status >= 500 || status === TOO_MANY_REQUESTS) return 'RegistryUnhealthy';
  return 'RegistryRefused';
}

function readErrorBody(body: Buffer): { code: string; message: string } {
  const page = body.toString('utf8').trim();
  try {
    const parsed = JSON.parse(page) as { errors?: { code?: unknown; message?: unknown }[] };
    const first = parsed.errors?.[0];
    if (first !== undefined) return { code: text(first.code), message: text(first.message) };
  } catch {
    // Not JSON: a proxy's page, or the plain text of read-only mode.
  }
  return { code: '', message: page.startsWith('<') ? '' : page };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
