// What the command line does with migrations through Temporal: start one, find one, ask it, decide for it. It knows
// workflows by the names in contracts/ only.

import { createHash } from 'node:crypto';
import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes, WorkflowNotFoundError } from '@temporalio/common';
import type {
  DecideAnswer,
  DecideRequest,
  MigrationInput,
  MigrationResult,
  MigrationStatus,
} from '../../contracts/migration.ts';
import {
  MIGRATION_WORKFLOW_TYPE,
  type MigrationPath,
  migrationWorkflowId,
  QUERIES,
  SEARCH_ATTRIBUTES,
  SIGNALS,
  TASK_QUEUE,
  UPDATES,
} from '../../contracts/names.ts';

/** Queries and updates need a worker; without an answer in this time there is none now. */
const WORKER_ANSWER_MS = 3000;

export type MigrationHandle = WorkflowHandle<() => Promise<MigrationResult>>;

/** `WorkflowExecutionAlreadyStartedError` if a migration or plan of the registry runs. */
export async function startMigration(
  client: Client,
  path: MigrationPath,
  input: MigrationInput,
): Promise<MigrationHandle> {
  const { registry: registryKey, path: pathKey } = SEARCH_ATTRIBUTES;
  const verb = input.dryRun ? 'Plan to move' : 'Move';
  return client.workflow.start<() => Promise<MigrationResult>>(MIGRATION_WORKFLOW_TYPE[path], {
    workflowId: migrationWorkflowId(input.registry),
    taskQueue: TASK_QUEUE,
    workflowIdConflictPolicy: 'FAIL',
    args: [input] as unknown as [],
    staticSummary: `${verb} ${input.registry} to ${input.destination} (${path})`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: defineSearchAttributeKey(registryKey.name, registryKey.type), value: input.registry },
      { key: defineSearchAttributeKey(pathKey.name, pathKey.type), value: path },
    ]),
  });
}

/** `target`: the name of a registry, or a workflow id of ours. */
export const findMigration = (client: Client, target: string): MigrationHandle =>
  client.workflow.getHandle<() => Promise<MigrationResult>>(
    target.startsWith(migrationWorkflowId('')) ? target : migrationWorkflowId(target),
  );

/** null: no worker answers now. `WorkflowNotFoundError` if there is no such migration. */
export async function queryStatus(client: Client, handle: MigrationHandle): Promise<MigrationStatus | null> {
  try {
    return await client.withDeadline(Date.now() + WORKER_ANSWER_MS, async () =>
      handle.query<MigrationStatus>(QUERIES.status),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw error;
    return null;
  }
}

export type Decided =
  | ({ channel: 'update' } & DecideAnswer)
  | { channel: 'signal'; step: DecideRequest['step']; outcome: 'sent'; by: string };

/**
 * As an update, which is checked and answered; where no worker answers, as a signal, which waits in the history.
 * Both may arrive; the workflow takes a decision once. `WorkflowUpdateFailedError` if it is refused.
 */
export async function decide(
  client: Client,
  handle: MigrationHandle,
  request: DecideRequest,
): Promise<Decided> {
  try {
    const answer = await client.withDeadline(Date.now() + WORKER_ANSWER_MS, async () =>
      handle.executeUpdate<DecideAnswer, [DecideRequest]>(UPDATES.decide, {
        args: [request],
        updateId: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
      }),
    );
    return { channel: 'update', ...answer };
  } catch (error) {
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    const { decision, ...argument } = request;
    await handle.signal(SIGNALS[decision], argument);
    return { channel: 'signal', step: request.step, outcome: 'sent', by: request.by };
  }
}
