// Follows a migration to its end. It asks again and again instead of holding one call open, so that restarts of workers
// and of Temporal itself are no more than a pause. Ctrl-C ends the following, never the migration.

import type { Client } from '@temporalio/client';
import type { MigrationResult, MigrationStatus } from '../../contracts/migration.ts';
import { type Io, pause } from './io.ts';
import { type MigrationHandle, queryStatus } from './migrations.ts';
import type { View } from './progress/view.ts';
import { isUnreachable } from './temporal-errors.ts';

const POLL_INTERVAL_MS = 1000;
/** Temporal may be away this long, e.g. for its own upgrade, before following gives up. */
const PATIENCE_MS = 120_000;

/** undefined: interrupted. Throws what ended the migration if it did not end well. */
export async function follow(
  client: Client,
  handle: MigrationHandle,
  view: View,
  io: Io,
): Promise<MigrationResult | undefined> {
  const interrupt = new AbortController();
  const release = io.onInterrupt(() => interrupt.abort());
  try {
    let last: MigrationStatus | null = null;
    let heardMs = Date.now();
    while (!interrupt.signal.aborted) {
      try {
        const { status } = await handle.describe();
        const answer = await queryStatus(client, handle);
        heardMs = Date.now();
        last = answer ?? last;
        view.show(last, answer !== null, heardMs);
        if (status.name !== 'RUNNING') return await handle.result();
      } catch (error) {
        if (!isUnreachable(error) || Date.now() - heardMs > PATIENCE_MS) throw error;
        view.show(last, false, Date.now());
      }
      await pause(POLL_INTERVAL_MS, interrupt.signal);
    }
    return undefined;
  } finally {
    release();
    view.end();
  }
}
