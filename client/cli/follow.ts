// Follows an operation in a view. Ctrl-C ends the following, never the operation.

import type { Client } from '@temporalio/client';
import { type Ended, follow, type OperationHandle } from '../operations.ts';
import type { Io } from './io.ts';
import type { View } from './progress/view.ts';
import { toCliError } from './temporal-errors.ts';

/** undefined: interrupted. Throws what ended the operation if it did not end well. */
export async function followInView<Result>(
  client: Client,
  handle: OperationHandle<Result>,
  view: View,
  io: Io,
): Promise<Ended<Result> | undefined> {
  const interrupt = new AbortController();
  const release = io.onInterrupt(() => interrupt.abort());
  try {
    return await follow(client, handle, view.show, interrupt.signal);
  } catch (error) {
    throw toCliError(error, handle.workflowId);
  } finally {
    release();
    view.end();
  }
}
