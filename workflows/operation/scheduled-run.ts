// What a Temporal Schedule starts. Temporal appends the time to the workflow id of a scheduled run, and the id of an operation is
// the lock of its subject; so the schedule starts this, and this starts the operation under the subject's id, as people do. It
// ends as the operation ends, so that Temporal sees a run that still runs, and a run that failed. docs/decisions/0024

import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  type ChildWorkflowHandle,
  ParentClosePolicy,
  sleep,
  startChild,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import { operationWorkflowId, SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { PROCEDURES, type ScheduledRunInput, type ScheduledRunResult } from '../../contracts/schedule.ts';
import { endedByMistakes, failure } from './failure.ts';

/** It is tried this often within the catch-up, and every five minutes at least: a day of waiting is a few thousand events. */
const TRIES = 20;
const MOST_BETWEEN_TRIES_MS = 300_000;

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
const operationKey = defineSearchAttributeKey(
  SEARCH_ATTRIBUTES.operation.name,
  SEARCH_ATTRIBUTES.operation.type,
);
const subjectKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.subject.name, SEARCH_ATTRIBUTES.subject.type);

export const scheduledRun = async (input: ScheduledRunInput): Promise<ScheduledRunResult> =>
  endedByMistakes(() => run(input));

async function run(input: ScheduledRunInput): Promise<ScheduledRunResult> {
  const { schedule, procedure, registry, overlap, catchUpMs } = input;
  if (!Object.hasOwn(PROCEDURES, procedure) || !Number.isFinite(catchUpMs))
    throw failure(
      'InvalidInput',
      'this is no input of a scheduled run; transship schedules apply makes them',
    );
  const workflowId = operationWorkflowId({ kind: 'registry', name: registry });
  const { typedSearchAttributes, startTime } = workflowInfo();
  const dueMs = (typedSearchAttributes.get(scheduledStart) ?? startTime).getTime();
  const latestMs = dueMs + catchUpMs;
  const skipped = (because: string): ScheduledRunResult => ({ workflowId, outcome: 'skipped', because });
  let why = 'no worker took it';
  while (Date.now() <= latestMs) {
    const operation = await begin(workflowId, input);
    if (operation !== null) return { workflowId, outcome: 'done', result: await operation.result() };
    why = `another operation held ${registry}`;
    if (overlap === 'skip') return skipped(`${why} when ${schedule} was due`);
    await sleep(Math.min(catchUpMs / TRIES, MOST_BETWEEN_TRIES_MS));
  }
  return skipped(`${why} until it was too late to begin`);
}

/** null: another operation holds the subject. */
async function begin(
  workflowId: string,
  { schedule, procedure, registry, input }: ScheduledRunInput,
): Promise<ChildWorkflowHandle<Workflow> | null> {
  const { workflowType, kind } = PROCEDURES[procedure];
  try {
    return await startChild(workflowType, {
      workflowId,
      args: [{ ...input, registry }],
      // Who terminates this has not undone what the operation began; who cancels it asks the operation to end.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: [
        { key: operationKey, value: kind },
        { key: subjectKey, value: workflowId },
      ],
      staticSummary: `${procedure} ${registry} (schedule ${schedule})`,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}
