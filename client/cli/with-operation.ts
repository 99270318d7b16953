// What the commands on a running operation share: connect, find it, and name it in whatever goes wrong.

import type { Client } from '@temporalio/client';
import { findOperation, type OperationHandle } from '../operations.ts';
import { withClient } from './connection.ts';
import type { Context } from './context.ts';
import type { TemporalOptions } from './options.ts';
import { toCliError } from './temporal-errors.ts';

/** `target`: a registry, or the workflow id of an operation. */
export async function withOperation(
  target: string,
  options: TemporalOptions,
  { io }: Context,
  use: (client: Client, handle: OperationHandle) => Promise<void>,
): Promise<void> {
  await withClient(options, io, async (client) => {
    const handle = await findOperation(client, target);
    try {
      await use(client, handle);
    } catch (error) {
      throw toCliError(error, handle.workflowId);
    }
  });
}
