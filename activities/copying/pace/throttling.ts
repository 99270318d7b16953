// Answers with which servers of any kind ask for patience. They say nothing about the object.

const STATUSES = new Set([429, 503]);
const NAMES =
  /^(SlowDown|ServiceUnavailable|ServerBusy|TooManyRequests(Exception)?|RequestLimitExceeded|RequestThrottled|Throttl\w*|rateLimitExceeded|userRateLimitExceeded)$/;
const MAX_DEPTH = 5;

export function isThrottled(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false;
  const { code, status, statusCode, $metadata, details } = error as {
    code?: unknown;
    status?: unknown;
    statusCode?: unknown;
    $metadata?: { httpStatusCode?: number };
    details?: { status?: unknown; httpStatus?: unknown; code?: unknown };
  };
  const statuses = [
    code,
    status,
    statusCode,
    $metadata?.httpStatusCode,
    details?.status,
    details?.httpStatus,
  ];
  if (statuses.some((one) => typeof one === 'number' && STATUSES.has(one))) return true;
  if ([error.name, code, details?.code].some((one) => typeof one === 'string' && NAMES.test(one)))
    return true;
  return isThrottled(error.cause, depth + 1);
}
