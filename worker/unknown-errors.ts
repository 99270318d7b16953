// Gives errors of Node, SSH and the clouds' libraries that reached the activity boundary unchanged the type that they have in
// contracts/failures.ts. Activities map what they expect; this is the net below them.

import { TransshipError } from '../domain/transship-error.ts';
import type { FailureType } from '../contracts/failures.ts';

/** Codes of Node and undici that mean: the other side was not reached, or the connection broke. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** What an activity of this name was talking to. */
const OTHER_SIDE: Record<string, FailureType> = {
  checkAccess: 'StorageUnavailable',
  measureStorage: 'StorageUnavailable',
  findDamage: 'StorageUnavailable',
  claimDestination: 'StorageUnavailable',
  planPass: 'StorageUnavailable',
  copyShard: 'StorageUnavailable',
  backUpMetadata: 'HostUnreachable',
  destroyReplica: 'HostUnreachable',
  restoreMetadata: 'HostUnreachable',
  joinReplica: 'HostUnreachable',
  reconfigureStorageMigrated: 'HostUnreachable',
  resolveMigration: 'StorageUnavailable',
  makePlan: 'StorageUnavailable',
  writeReport: 'StorageUnavailable',
};

/** Activities that are not named talk to the registry. */
const DEFAULT_OTHER_SIDE: FailureType = 'RegistryUnhealthy';

/** undefined: nothing is known about it; it keeps its own name and is tried again. */
export function classifyUnknown(error: unknown, activityType: string): TransshipError | undefined {
  for (const part of chain(error)) {
    const { code, level } = part as { code?: unknown; level?: unknown };
    if (level === 'client-socket' || level === 'client-timeout')
      return typed('HostUnreachable', part, { activity: activityType });
    if (typeof code === 'string' && NETWORK_CODES.has(code))
      return typed(OTHER_SIDE[activityType] ?? DEFAULT_OTHER_SIDE, part, { activity: activityType, code });
    const status = httpStatusOf(part);
    if (status === 401 || status === 403) return typed('AccessDenied', part, { httpStatus: status });
    if (status === 429 || (status !== undefined && status >= 500))
      return typed('StorageUnavailable', part, { httpStatus: status });
  }
  return undefined;
}

const typed = (type: FailureType, { message }: Error, details: Record<string, string | number>) =>
  new TransshipError(type, message, details);

/** The error, its causes and, where several addresses were tried, the error of each. */
function* chain(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 5) return;
  yield error;
  if (error instanceof AggregateError)
    for (const one of error.errors as unknown[]) yield* chain(one, depth + 1);
  yield* chain(error.cause, depth + 1);
}

/** Where errors of the SDKs of AWS, Azure and Google carry the status of the answer. */
function httpStatusOf(error: Error): number | undefined {
  const { $metadata, statusCode, code } = error as {
    $metadata?: { httpStatusCode?: number };
    statusCode?: unknown;
    code?: unknown;
  };
  return [$metadata?.httpStatusCode, statusCode, code].find((status) => typeof status === 'number');
}
