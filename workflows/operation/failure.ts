// Failures of workflow code. They must be Temporal failures of a type in contracts/failures.ts: anything else that is
// thrown would make Temporal repeat the workflow task for ever instead of ending the workflow.

import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  ContinueAsNew,
  DeterminismViolationError,
  log,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';

export function failure(type: FailureType, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: !FAILURES[type].retryable });
}

/**
 * What only a mistake throws, in our code or in what somebody answered for an activity, would be repeated as a workflow
 * task for ever: the parent of a pass would wait for it in its window. It ends the workflow instead, after its way out.
 */
export async function endedByMistakes<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof TemporalFailure || error instanceof ContinueAsNew) throw error;
    if (error instanceof DeterminismViolationError) throw error;
    const { name, message, stack = '' } = error as Error;
    log.error('a mistake ends the workflow', { name, message, stack });
    throw failure('Unexpected', `${name}: ${message}`);
  }
}

/** The innermost reason, as people want to read it: what an activity or a child workflow threw. */
export function reasonOf(error: unknown): { type: string; message: string } {
  if (
    (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) &&
    error.cause !== undefined
  )
    return reasonOf(error.cause);
  if (error instanceof ApplicationFailure) return { type: error.type ?? 'Unknown', message: error.message };
  return error instanceof Error
    ? { type: error.name, message: error.message }
    : { type: 'Unknown', message: String(error) };
}

/** Did no worker take the activity from its task queue in time? */
export const isUntaken = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/** May it be well by itself? What is in no table may be. */
export const isRetryable = (type: string): boolean =>
  !Object.hasOwn(FAILURES, type) || FAILURES[type as FailureType].retryable;
