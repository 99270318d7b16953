// The one door to Temporal for whoever is no worker: start an operation, find one, ask it, decide for it, follow it, list
// them. It knows workflows by the names in contracts/ only, and nothing of what a procedure does.

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes, WorkflowNotFoundError } from '@temporalio/common';
import {
  OPERATION_TYPES,
  operationWorkflowId,
  QUERIES,
  SEARCH_ATTRIBUTES,
  SIGNALS,
  TASK_QUEUE,
  UPDATES,
} from '../contracts/names.ts';
import type {
  DecideAnswer,
  DecideRequest,
  OperationKind,
  OperationStatus,
  PauseAnswer,
  PauseRequest,
  Progress,
  ShownPhase,
  ShownPlan,
  Subject,
} from '../contracts/operation.ts';
import { type Attention, attentionOf } from './attention.ts';
import { say, WORKER_ANSWER_MS } from './say.ts';
import { isUnreachable } from './unreachable.ts';

const POLL_INTERVAL_MS = 1000;
/** Temporal may be away this long, e.g. for its own upgrade, before following gives up. */
const PATIENCE_MS = 120_000;

export type OperationHandle<Result = unknown> = WorkflowHandle<() => Promise<Result>>;

export type Start = {
  workflowType: string;
  kind: OperationKind;
  subject: Subject;
  input: object;
  /** One line for the Temporal UI. */
  summary: string;
};

const { operation, subject: subjectAttribute, phase, needsApproval } = SEARCH_ATTRIBUTES;
const operationKey = defineSearchAttributeKey(operation.name, operation.type);
const subjectKey = defineSearchAttributeKey(subjectAttribute.name, subjectAttribute.type);
const phaseKey = defineSearchAttributeKey(phase.name, phase.type);
const needsApprovalKey = defineSearchAttributeKey(needsApproval.name, needsApproval.type);

/** `WorkflowExecutionAlreadyStartedError` if another operation on the subject runs. */
export async function startOperation<Result>(
  client: Client,
  { workflowType, kind, subject, input, summary }: Start,
): Promise<OperationHandle<Result> & { firstExecutionRunId: string }> {
  const workflowId = operationWorkflowId(subject);
  return await client.workflow.start<() => Promise<Result>>(workflowType, {
    workflowId,
    taskQueue: TASK_QUEUE,
    workflowIdConflictPolicy: 'FAIL',
    args: [input] as unknown as [],
    staticSummary: summary,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: operationKey, value: kind },
      { key: subjectKey, value: workflowId },
    ]),
  });
}

/**
 * `target`: the name of a registry, else a workflow id. A registry may be called `registry-prod`, so that the name is
 * looked for first. `WorkflowNotFoundError` if neither is an operation: other workflows, and the children of operations, are
 * never touched.
 */
export async function findOperation(client: Client, target: string): Promise<OperationHandle> {
  for (const workflowId of [operationWorkflowId({ kind: 'registry', name: target }), target]) {
    const handle = client.workflow.getHandle<() => Promise<unknown>>(workflowId);
    try {
      const { type, typedSearchAttributes } = await handle.describe();
      // Before a worker has seen it, an operation that others than us started is known by its type alone.
      if (OPERATION_TYPES.includes(type) || typedSearchAttributes.get(operationKey) !== undefined)
        return handle;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  throw new WorkflowNotFoundError(
    `no operation on a registry "${target}", and none of that id`,
    target,
    undefined,
  );
}

/** null: no worker answers now. `WorkflowNotFoundError` if there is no such operation. */
export async function statusOf<Details = unknown>(
  client: Client,
  handle: OperationHandle,
): Promise<OperationStatus<Details> | null> {
  const ask = async <Answer>(asked: Pick<OperationHandle, 'query'>, name: string): Promise<Answer | null> => {
    try {
      return await client.withDeadline(Date.now() + WORKER_ANSWER_MS, () => asked.query<Answer>(name));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw error;
      return null;
    }
  };
  const status = await ask<OperationStatus<Details>>(handle, QUERIES.status);
  if (status?.child == null) return status;
  // A child that has not begun or has just ended has nothing to say, and nobody needs to be told.
  const child = client.workflow.getHandle(status.child);
  const progress = await ask<Progress>(child, QUERIES.progress).catch(() => null);
  return progress === null ? status : { ...status, progress };
}

/** What people are to approve; null: there is no plan yet, or no worker answers. */
export async function planOf(client: Client, handle: OperationHandle): Promise<ShownPlan> {
  try {
    return await client.withDeadline(Date.now() + WORKER_ANSWER_MS, () =>
      handle.query<ShownPlan>(QUERIES.plan),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw error;
    return null;
  }
}

export type Decided =
  | ({ channel: 'update' } & DecideAnswer)
  | { channel: 'signal'; question: string; outcome: 'sent'; by: string };

/** `WorkflowUpdateFailedError` if it is refused. */
export async function decide(
  client: Client,
  handle: OperationHandle,
  request: DecideRequest,
): Promise<Decided> {
  const { decision, ...argument } = request;
  const updateId = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const answer = await say<DecideAnswer>(
    client,
    handle,
    { name: UPDATES.decide, argument: request, updateId },
    { name: SIGNALS[decision], argument },
  );
  return answer === null
    ? { channel: 'signal', question: request.question, outcome: 'sent', by: request.by }
    : { channel: 'update', ...answer };
}

/** null: no worker answers now, and a signal waits for one. `WorkflowUpdateFailedError` if it is refused. */
export async function pauseOrResume(
  client: Client,
  handle: OperationHandle,
  wish: 'pause' | 'resume',
  argument: PauseRequest,
): Promise<PauseAnswer | null> {
  return await say<PauseAnswer>(
    client,
    handle,
    { name: UPDATES[wish], argument },
    { name: SIGNALS[wish], argument },
  );
}

/** What is heard while an operation is followed. `answers`: does a worker answer now, or is `status` an earlier one? */
export type Hear = (
  status: OperationStatus | null,
  answers: boolean,
  nowMs: number,
  /** What keeps it from moving, as Temporal knows it. */
  attention: Attention[],
) => void;

/** Paused is not ended. */
export const isOpen = (execution: string): boolean => execution === 'RUNNING' || execution === 'PAUSED';

export type Look = {
  workflowId: string;
  runId: string;
  /** As Temporal names it, e.g. `RUNNING`. */
  execution: string;
  /** '' where Temporal does not say. */
  kind: string;
  /** null: no worker answers now. */
  status: OperationStatus | null;
  attention: Attention[];
};

/** All that can be known now. `WorkflowNotFoundError` if there is no such operation. */
export async function lookAt(client: Client, handle: OperationHandle): Promise<Look> {
  const description = await handle.describe();
  const execution = description.status.name;
  const status = await statusOf(client, handle);
  const found = { child: status?.child ?? null, answers: status !== null };
  return {
    workflowId: handle.workflowId,
    runId: description.runId,
    execution,
    kind: description.typedSearchAttributes.get(operationKey) ?? '',
    status,
    attention: isOpen(execution) ? await attentionOf(client, description, found) : [],
  };
}

export type Ended<Result> = {
  result: Result;
  /** '' where Temporal does not say. */
  kind: string;
};

/**
 * To the end; undefined: `signal` ended the following. It asks again and again instead of holding one call open, so that
 * restarts of workers and of Temporal itself are no more than a pause. Throws what ended the operation.
 */
export async function follow<Result>(
  client: Client,
  handle: OperationHandle<Result>,
  hear: Hear,
  signal: AbortSignal,
): Promise<Ended<Result> | undefined> {
  let last: OperationStatus | null = null;
  let heardMs = Date.now();
  while (!signal.aborted) {
    try {
      const { execution, kind, status, attention } = await lookAt(client, handle);
      heardMs = Date.now();
      last = status ?? last;
      hear(last, status !== null, heardMs, attention);
      if (!isOpen(execution)) return { result: await handle.result(), kind };
    } catch (error) {
      if (!isUnreachable(error) || Date.now() - heardMs > PATIENCE_MS) throw error;
      hear(last, false, Date.now(), []);
    }
    await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

export type Listed = {
  workflowId: string;
  runId: string;
  /** As Temporal names it, e.g. `RUNNING`. */
  execution: string;
  kind: string;
  phase: ShownPhase | null;
  needsApproval: boolean;
  startedAt: string;
};

/** Newest first; without `ended` those that run. Told by Temporal alone: no worker is needed. */
export async function listOperations(
  client: Client,
  { ended, limit }: { ended: boolean; limit: number },
): Promise<Listed[]> {
  const found: Listed[] = [];
  const query = `${operation.name} IS NOT NULL${ended ? '' : ' AND (ExecutionStatus = "Running" OR ExecutionStatus = "Paused")'}`;
  for await (const execution of client.workflow.list({ query })) {
    const attributes = execution.typedSearchAttributes;
    found.push({
      workflowId: execution.workflowId,
      runId: execution.runId,
      execution: execution.status.name,
      kind: attributes.get(operationKey) ?? '',
      phase: (attributes.get(phaseKey) as ShownPhase | undefined) ?? null,
      needsApproval: isOpen(execution.status.name) && attributes.get(needsApprovalKey) === true,
      startedAt: execution.startTime.toISOString(),
    });
    if (found.length >= limit) break;
  }
  return found;
}
