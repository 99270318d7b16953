// The input of a workflow on its way to the activity that checks it. It may be anything; what is too large or too deep for
// the way could not even be refused, and would hold the workflow's id for ever.

import { workflowInfo } from '@temporalio/workflow';
import type { Unreadable } from '../../contracts/operation.ts';
import type { Started } from '../../contracts/record-activities.ts';
import { oneLine, shortened } from '../../domain/text/plain-text.ts';

const MAX_CHARACTERS = 64 * 1024;

export function passable(argument: unknown): unknown {
  try {
    if ((JSON.stringify(argument) ?? '').length <= MAX_CHARACTERS) return argument;
    return { unreadable: `it has more than ${MAX_CHARACTERS} characters` } satisfies Unreadable;
  } catch {
    return { unreadable: 'it is nested too deeply' } satisfies Unreadable;
  }
}

/** Of names that nobody has checked yet; those of the inventory are shorter. */
const MAX_NAME_CHARACTERS = 100;

/** A name of the input as it can be shown before it is checked: people may have sent anything. */
export const nameOf = (value: unknown): string =>
  typeof value === 'string' ? shortened(oneLine(value), MAX_NAME_CHARACTERS) : '(no name)';

/** What of the way in which this run was started its input is checked together with. */
export function startedAs(): Started {
  const info = workflowInfo();
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    // Zero is how `temporal workflow start` says that there is none.
    hasTimeouts: Boolean(info.runTimeoutMs) || Boolean(info.executionTimeoutMs),
    isRepeated: info.retryPolicy !== undefined || Boolean(info.cronSchedule) || info.attempt > 1,
  };
}
