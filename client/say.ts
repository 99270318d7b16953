// Saying something to an operation: as an update, which is checked and answered; where no worker answers, as a signal,
// which waits in the history until one is back. Both may arrive: a workflow takes neither twice.

import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';

/** Queries and updates need a worker; without an answer in this time there is none now. */
export const WORKER_ANSWER_MS = 3000;

type Said = { name: string; argument: object };

/** null: left as a signal. `updateId`: the same again is no other one. `WorkflowUpdateFailedError` if it is refused. */
export async function say<Answer>(
  client: Client,
  handle: WorkflowHandle,
  update: Said & { updateId?: string },
  signal: Said,
): Promise<Answer | null> {
  try {
    return await client.withDeadline(Date.now() + WORKER_ANSWER_MS, async () =>
      handle.executeUpdate<Answer, [object]>(update.name, {
        args: [update.argument],
        ...(update.updateId !== undefined && { updateId: update.updateId }),
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    await handle.signal(signal.name, signal.argument);
    return null;
  }
}
