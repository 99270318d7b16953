// Turns what the Temporal client throws into a CliError with the right exit code.

import { ServiceError, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { TransshipError } from '../../domain/transship-error.ts';
import { StartFailure } from '../../worker/start-failure.ts';
import { grpcCodeOf, isUnreachable } from '../unreachable.ts';
import { CliError, failureError } from './cli-error.ts';

const GRPC_UNAUTHENTICATED = 16;

export function toCliError(error: unknown, workflowId?: string): CliError {
  const of = workflowId === undefined ? {} : { workflowId };
  if (error instanceof CliError) return error;
  if (error instanceof StartFailure) return new CliError(error.exit, error.message, of);
  if (error instanceof TransshipError) return failureError(error.type, error.message, workflowId);
  if (error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError)
    return endedBy(error.cause, workflowId) ?? new CliError('failed', error.message, of);
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return new CliError('alreadyRunning', `${error.workflowId} is running already`, {
      advice: 'Watch it with `transship watch`, or end it with `transship cancel`.',
      workflowId: error.workflowId,
    });
  if (error instanceof WorkflowNotFoundError)
    return new CliError('notFound', `there is no such operation, or it has ended: ${error.message}`, of);
  return (
    unreachable(error) ?? new CliError('failed', error instanceof Error ? error.message : String(error), of)
  );
}

function unreachable(error: unknown): CliError | undefined {
  if (!isUnreachable(error) && grpcCodeOf(error) !== GRPC_UNAUTHENTICATED) return undefined;
  return new CliError('unreachable', `Temporal cannot be reached: ${messageOf(error)}`, {
    advice:
      'Check --address, --profile or TEMPORAL_ADDRESS, and that the server is up. Operations go on without it.',
  });
}

const messageOf = (error: unknown): string =>
  error instanceof ServiceError && error.cause instanceof Error
    ? error.cause.message
    : (error as Error).message;

/** The innermost failure says what happened; those around it only say where. */
function endedBy(failure: unknown, workflowId?: string): CliError | undefined {
  const of = workflowId === undefined ? {} : { workflowId };
  if (failure instanceof ApplicationFailure)
    return failureError(failure.type ?? 'Unknown', failure.message, workflowId);
  if (failure instanceof CancelledFailure)
    return new CliError('failed', 'the operation was cancelled', {
      ...of,
      advice: 'What was begun was undone; the report says what.',
    });
  if (failure instanceof TerminatedFailure)
    return new CliError('failed', 'the operation was terminated', {
      ...of,
      advice: 'Nothing was undone. Look whether the registry is read-only; use `transship cancel` next time.',
    });
  if (failure instanceof TimeoutFailure)
    return new CliError('failed', `the operation ran out of time: ${failure.message}`, of);
  return failure instanceof TemporalFailure ? endedBy(failure.cause, workflowId) : undefined;
}
