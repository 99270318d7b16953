// What a command does with an operation that it has started: watch it, leave it to itself, or show the plan that it made.

import type { Client } from '@temporalio/client';
import type { MigrationResult } from '../../contracts/migration.ts';
import { laidOut } from '../../domain/text/plain-text.ts';
import { type OperationHandle, planOf } from '../operations.ts';
import type { Context } from './context.ts';
import { followInView } from './follow.ts';
import { printJson } from './io.ts';
import type { TemporalOptions } from './options.ts';
import { createView } from './progress/view.ts';
import { watchToTheEnd } from './watch-to-the-end.ts';

type Started<Result> = OperationHandle<Result> & { firstExecutionRunId: string };

/** `target`: what `watch` finds it by. */
export async function watchUnlessDetached<Result>(
  client: Client,
  handle: Started<Result>,
  target: string,
  options: TemporalOptions & { detach?: boolean },
  context: Context,
): Promise<void> {
  const { io } = context;
  const { workflowId, firstExecutionRunId: runId } = handle;
  if (!options.detach) {
    io.err(`started ${workflowId}\n`);
    await watchToTheEnd(client, handle, options, context);
  } else if (options.json) printJson(io, { workflowId, runId });
  else io.out(`started ${workflowId}; watch it with: transship watch ${target}\n`);
}

/** Of a dry run. */
export async function printPlan(
  client: Client,
  handle: Started<MigrationResult>,
  options: TemporalOptions,
  context: Context,
): Promise<void> {
  const { io } = context;
  const view = createView({ ...io, out: (text) => io.err(text) }, options.json ?? false);
  const ended = await followInView(client, handle, view, io);
  if (ended === undefined) {
    context.exit = 'interrupted';
    return;
  }
  const { result } = ended;
  const text = (await planOf(client, handle))?.text ?? null;
  if (options.json) printJson(io, { workflowId: handle.workflowId, ...result, text });
  else io.out(planLines(text ?? summary(result)));
}

export const planLines = (text: string): string => `${text.trimEnd().split('\n').map(laidOut).join('\n')}\n`;

const summary = (result: MigrationResult): string =>
  [
    `Plan for ${result.registry} to ${result.destination} (${result.path})`,
    `  tags    ${result.tagsBefore.tags} in ${result.tagsBefore.repositories} repositories`,
    `  digest  ${result.planDigest}`,
    `  text    ${result.plan} in the journal`,
  ].join('\n');
