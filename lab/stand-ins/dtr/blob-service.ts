// A replica's blobs: the Distribution in front of the configured storage, exchanged while the replica serves. When
// `apply` has returned, no write that began before it can still be acknowledged: that is what makes read-only proof.

import { setTimeout as sleep } from 'node:timers/promises';
import { openBlobStorage } from './blob-storage.ts';
import type { BlobStorage } from './blob-layout.ts';
import type { ReplicaRecord, StandInConfig } from './cluster.ts';
import { startDistribution, stopDistribution } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import type { StorageTarget } from './settings.ts';
import { timingsOf } from './timings.ts';

const POLL_INTERVAL_MS = 10;
const READ_DRAIN_MS = 30_000;

export type Desired = { storage: StorageTarget; readOnly: boolean };

/** One exchange of Distribution: the requests that use it, and how writes among them are cut off. */
export type Lease = {
  distribution: Distribution;
  storage: BlobStorage;
  readOnly: boolean;
  readers: number;
  writes: Set<AbortController>;
};

export type BlobService = {
  /** What serves now; throws before the first `apply`. */
  current(): Lease;
  /** What serves now, in the form in which it is compared and stored. */
  applied(): { storage: string; readOnly: boolean };
  /** Why the last `apply` failed; empty when it did not. */
  problem(): string;
  apply(desired: Desired): Promise<void>;
  stop(): Promise<void>;
};

export const describeStorage = (target: StorageTarget): string => JSON.stringify(target);

export function openBlobService(config: StandInConfig, replica: ReplicaRecord, secret: string): BlobService {
  let lease: Lease | undefined;
  let applied = { storage: '', readOnly: false };
  let problem = '';

  const retire = async (old: Lease): Promise<void> => {
    const deadline = Date.now() + READ_DRAIN_MS;
    while (old.readers > 0 && Date.now() < deadline) await sleep(POLL_INTERVAL_MS);
    await stopDistribution(config, old.distribution);
  };

  return {
    current: () => {
      if (lease === undefined) throw new Error('the registry has not started yet');
      return lease;
    },
    applied: () => applied,
    problem: () => problem,
    async apply(desired) {
      try {
        await exchange(desired);
        problem = '';
      } catch (error) {
        problem = String(error);
        throw error;
      }
    },
    async stop() {
      if (lease !== undefined) await stopDistribution(config, lease.distribution);
    },
  };

  async function exchange(desired: Desired): Promise<void> {
    const storage = await openBlobStorage(config, replica, desired.storage);
    const options = desired.storage.options;
    const distribution = await startDistribution(config, replica, {
      storage,
      options,
      readOnly: desired.readOnly,
      secret,
    });
    const old = lease;
    lease = { distribution, storage, readOnly: desired.readOnly, readers: 0, writes: new Set() };
    if (old !== undefined) {
      await drainWrites(old, timingsOf(config).writeDrainMs);
      void retire(old);
    }
    applied = { storage: describeStorage(desired.storage), readOnly: desired.readOnly };
  }
}

async function drainWrites(lease: Lease, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (lease.writes.size > 0) {
    if (Date.now() > deadline) for (const write of lease.writes) write.abort();
    await sleep(POLL_INTERVAL_MS);
  }
}
