// The boundary between activities and Temporal. Inside, errors are of all kinds; outside, each is an ApplicationFailure
// whose type is a row of contracts/failures.ts where we know what happened, or a retryable failure under the error's own
// name where we do not. No message, cause or stack passes without the redactor, and no result or heartbeat either.

import { activityInfo, cancellationSignal, CompleteAsyncError, Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { FailureType } from '../contracts/failures.ts';
import { TransshipError } from '../domain/transship-error.ts';
import type { Activities } from './activities.ts';
import { classifyUnknown, type Origin } from './unknown-errors.ts';
import type { Redactor } from './inventory/redactor.ts';

/** Causes below this depth say nothing new and could be circular. */
const MAX_CAUSES = 5;
/** Longest message or stack that leaves the worker; cut here alone, after the redactor has seen the whole of it. */
const MAX_TEXT_CHARACTERS = 4000;

/** `otherSides`: of every activity that the worker has. */
export function createActivityInterceptors(
  redactor: Redactor,
  otherSides: Record<keyof Activities, FailureType>,
): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      async execute(input, next) {
        try {
          redactHeartbeats(redactor, input.args);
          return redactor.redactValue(await next(input), input.args);
        } catch (error) {
          // After a cancellation libraries throw what they like; only the reason tells Temporal what it was.
          const signal = cancellationSignal();
          if (signal.aborted) throw signal.reason;
          const activity = activityInfo().activityType;
          throw toFailure(error, { activity, otherSide: otherSides[activity as keyof Activities] }, redactor);
        }
      },
    },
    outbound: {
      getLogAttributes(input, next) {
        const { activityType, attempt, workflowExecution } = activityInfo();
        return next({ ...input, activity: activityType, attempt, workflow: workflowExecution?.workflowId });
      },
    },
  });
}

/** The SDK intercepts no heartbeats, so the context of this one attempt gets another function. */
function redactHeartbeats(redactor: Redactor, known: unknown): void {
  const context = Context.current();
  const { heartbeat } = context;
  Object.assign(context, {
    heartbeat: (details?: unknown) => heartbeat(redactor.redactValue(details, known)),
  });
}

/** Control-flow errors of the SDK pass as they are. */
function toFailure(error: unknown, origin: Origin, redactor: Redactor): Error {
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  const known = error instanceof TransshipError ? error : classifyUnknown(error, origin);
  const source = error instanceof Error ? error : new Error(String(error));
  const cause = redactedCause(source.cause, redactor, MAX_CAUSES);
  const failure = ApplicationFailure.create({
    ...(known
      ? {
          type: known.type,
          nonRetryable: !known.retryable,
          details: redactedDetails([known.details], redactor),
        }
      : unknownFields(source, redactor)),
    message: redactedText(known?.message ?? source.message, redactor),
    ...(cause && { cause }),
  });
  failure.stack = redactedText(source.stack ?? '', redactor);
  return failure;
}

function unknownFields(source: Error, redactor: Redactor) {
  if (!(source instanceof ApplicationFailure)) return { type: source.name, nonRetryable: false };
  return {
    type: source.type ?? source.name,
    nonRetryable: source.nonRetryable ?? false,
    details: redactedDetails(source.details ?? [], redactor),
    ...(source.nextRetryDelay !== undefined && { nextRetryDelay: source.nextRetryDelay }),
  };
}

function redactedCause(cause: unknown, redactor: Redactor, depth: number): Error | undefined {
  if (!(cause instanceof Error) || depth === 0) return undefined;
  const inner = redactedCause(cause.cause, redactor, depth - 1);
  const type = cause instanceof TransshipError ? cause.type : cause.name;
  const copy = ApplicationFailure.create({
    message: redactedText(cause.message, redactor),
    type: cause instanceof TemporalFailure ? 'TemporalFailure' : type,
    ...(inner && { cause: inner }),
  });
  copy.stack = redactedText(cause.stack ?? '', redactor);
  return copy;
}

const redactedText = (text: string, redactor: Redactor): string =>
  redactor.redact(text).slice(0, MAX_TEXT_CHARACTERS);

/** As they will be read: what is no JSON is none of them. */
const redactedDetails = (details: unknown[], redactor: Redactor): unknown[] =>
  redactor.redactStrings(JSON.parse(JSON.stringify(details))) as unknown[];
