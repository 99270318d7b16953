// Heartbeats on a timer beside work that has no steps of its own to report, so that a dead worker is noticed in
// seconds. Work that can count uses its own details instead (activities/storage/copy-shard.ts).

import { cancellationSignal, heartbeat } from '@temporalio/activity';

const HEARTBEAT_INTERVAL_MS = 1000;

/** Runs `work` and beats meanwhile; after a cancellation its reason is thrown, whatever the work threw. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(heartbeat, HEARTBEAT_INTERVAL_MS);
  try {
    return await work();
  } catch (error) {
    throw cancellationSignal().aborted ? cancellationSignal().reason : error;
  } finally {
    clearInterval(timer);
  }
}
