// The doors of a workflow: everything that people can say to one or ask of it comes through here. A handler that throws
// would make Temporal repeat the workflow task for ever, and neither a budget nor the way out could run: so none can, and
// what it gets is taken for what it is, any value at all.

import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  setHandler,
} from '@temporalio/workflow';
import { failure } from './failure.ts';

/** `take` gets whatever was sent. */
export function onSignal(name: string, description: string, take: (argument: unknown) => void): void {
  setHandler(
    defineSignal<[unknown]>(name),
    (argument) => {
      try {
        take(argument);
      } catch (error) {
        log.error('a signal could not be taken; it changed nothing', { name, error });
      }
    },
    { description },
  );
}

/** `check` throws a failure where the update is refused; it then leaves no trace, and `take` is not called. */
export function onUpdate(
  name: string,
  description: string,
  { check, take }: { check: (argument: unknown) => void; take: (argument: unknown) => unknown },
): void {
  setHandler(defineUpdate<unknown, [unknown]>(name), (argument) => refusing(() => take(argument)), {
    description,
    validator: (argument) => refusing(() => check(argument)),
  });
}

export function onQuery(name: string, description: string, answer: () => unknown): void {
  setHandler(defineQuery<unknown>(name), answer, { description });
}

/** Of an update only failures of Temporal are answers; anything else would stop the workflow. */
function refusing<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof ApplicationFailure
      ? error
      : failure('DecisionRefused', `The request could not be taken: ${(error as Error).message}`);
  }
}
