// What the commands that watch share: follow an operation, then print its result.

import type { Client } from '@temporalio/client';
import type { OperationHandle } from '../operations.ts';
import type { Context } from './context.ts';
import { followInView } from './follow.ts';
import { printJson } from './io.ts';
import { createView } from './progress/view.ts';
import { tellingOf } from './result-text.ts';

export async function watchToTheEnd(
  client: Client,
  handle: OperationHandle,
  options: { json?: boolean },
  context: Context,
): Promise<void> {
  const { io } = context;
  const { workflowId } = handle;
  const ended = await followInView(client, handle, createView(io, options.json ?? false), io);
  if (ended === undefined) {
    context.exit = 'interrupted';
    io.err(`${workflowId} goes on. Watch it again with transship watch, end it with transship cancel.\n`);
    return;
  }
  const { text, exit } = tellingOf(ended);
  context.exit = exit;
  if (options.json) printJson(io, { event: 'result', workflowId, result: ended.result });
  else io.out(`${text}\n`);
}
