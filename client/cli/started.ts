// What a command does with an operation that it has started: watch it, leave it to itself, or show the plan that it made.

import type { Client } from '@temporalio/client';
import { laidOut } from '../../domain/text/plain-text.ts';
import { type OperationHandle, planOf } from '../operations.ts';
import type { Context } from './context.ts';
import { followInView } from './follow.ts';
import { printJson } from './io.ts';
import type { TemporalOptions } from './options.ts';
import { createView } from './progress/view.ts';
import { tellingOf } from './result-text.ts';
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
export async function printPlan<Result extends object>(
  client: Client,
  handle: Started<Result>,
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
  else io.out(planLines(text ?? tellingOf(ended).text));
}

export const planLines = (text: string): string => `${text.trimEnd().split('\n').map(laidOut).join('\n')}\n`;
