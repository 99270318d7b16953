// How an HTTP answer that is no success becomes a typed error. The product's error body is
// `{"errors":[{"code","message"}]}` (dtr-msr.md §3.2); read-only answers in plain text (§4).

import type { FailureType } from '../../contracts/failures.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { HttpAnswer } from './http-connection.ts';

/** Longest part of a foreign error text that goes into a message. */
const MAX_TEXT_LENGTH = 300;

const TOO_MANY_REQUESTS = 429;

/** `what` names the request, e.g. `GET /api/v0/crons of https://dtr`. */
export function refusal(answer: HttpAnswer, what: string): TransshipError {
  const { code, message } = readErrorBody(answer.body);
  const details = { status: answer.status, ...(code === '' ? {} : { code }) };
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
  const text = body.toString('utf8');
  try {
    const parsed = JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] };
    const first = parsed.errors?.[0];
    if (first !== undefined) return { code: shorten(first.code), message: shorten(first.message) };
  } catch {
    // Not JSON: a proxy's page, or the plain text of read-only mode.
  }
  return { code: '', message: text.startsWith('<') ? '' : shorten(text.trim()) };
}

const shorten = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, MAX_TEXT_LENGTH) : '';
