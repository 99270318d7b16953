// Online garbage collection (dtr-msr.md §4). It really deletes: manifests that no tag reaches, links that no manifest
// needs, blobs that no link needs, and every blob in the storage that the metadata store does not know. After a restore
// those are the blobs that were pushed since the backup.

import { setTimeout as sleep } from 'node:timers/promises';
import { lockForDeletion, unlock } from './images.ts';
import type { Action } from './job-worker.ts';
import type { BlobService } from './blob-service.ts';
import type { StandInConfig } from './cluster.ts';
import type { Store } from './store.ts';
import { timingsOf } from './timings.ts';

const BATCH_SIZE = 500;
const HOLDER_LIFETIME_MS = 30_000;
const LOCK_POLL_INTERVAL_MS = 50;

export function garbageCollectionActions(
  config: StandInConfig,
  replicaId: string,
  store: Store,
  blobs: BlobService,
): Record<string, Action> {
  const timings = timingsOf(config);

  const metadata: Action = async (_job, log) => {
    log(`deleted ${deleteManifests(store, Date.now() - timings.gcGraceMs)} manifests`);
  };

  const blobData: Action = async (_job, log, signal) => {
    const links = deleteLinks(store, Date.now() - timings.gcGraceMs);
    log(`deleted ${links} blob links`);
    const { storage } = blobs.current();
    const cutoffMs = Date.now() - timings.gcOrphanGraceMs;
    let deleted = 0;
    let batch: string[] = [];
    const remove = async (): Promise<void> => {
      const claimed = lockForDeletion(store, batch);
      batch = [];
      await storage.remove(claimed);
      for (const digest of claimed) unlock(store, digest, 'gc');
      deleted += claimed.length;
    };
    for await (const blob of storage.list()) {
      signal.throwIfAborted();
      if (blob.modifiedMs < cutoffMs) batch.push(blob.digest);
      if (batch.length >= BATCH_SIZE) await remove();
    }
    await remove();
    forgetUnlinkedBlobs(store);
    log(`deleted ${deleted} blobs`);
  };

  const exclusively =
    (action: Action): Action =>
    async (job, log, signal) => {
      await acquireLock(store, replicaId, signal);
      try {
        await action(job, log, signal);
      } finally {
        releaseLock(store);
      }
    };

  return {
    onlinegc_metadata: exclusively(metadata),
    onlinegc_blobs: exclusively(blobData),
    onlinegc: exclusively(async (job, log, signal) => {
      await metadata(job, log, signal);
      await blobData(job, log, signal);
    }),
  };
}

/** The replica that collects garbage now; empty when none does. A holder that no longer reports has lost the lock. */
export const gcLockHolder = (store: Store): string =>
  (
    store.get(
      `SELECT holder FROM blob_locks JOIN replicas ON replicas.id = holder
       WHERE digest = 'gc' AND kind = 'cluster' AND at > ?`,
      new Date(Date.now() - HOLDER_LIFETIME_MS).toISOString(),
    ) as { holder: string } | undefined
  )?.holder ?? '';

async function acquireLock(store: Store, replicaId: string, signal: AbortSignal): Promise<void> {
  const tryOnce = (): boolean =>
    store.transaction(() => {
      if (gcLockHolder(store) !== '') return false;
      releaseLock(store);
      store.run("INSERT INTO blob_locks VALUES ('gc', ?, 'cluster', ?)", replicaId, Date.now());
      return true;
    });
  while (!tryOnce()) await sleep(LOCK_POLL_INTERVAL_MS, undefined, { signal });
}

function releaseLock(store: Store): void {
  store.run("DELETE FROM blob_locks WHERE digest = 'gc' AND kind = 'cluster'");
}

/** A manifest stays while a tag names it, directly or through a list, or while it is younger than the cutoff. */
function deleteManifests(store: Store, cutoffMs: number): number {
  return store.transaction(() => {
    const deleted = store.run(
      `WITH RECURSIVE needed (repository, digest) AS (
         SELECT repository, digest FROM tags
         UNION SELECT repository, digest FROM manifests WHERE created_ms > ?
         UNION SELECT r.repository, r.digest FROM manifest_refs r
           JOIN needed n ON r.repository = n.repository AND r.manifest = n.digest WHERE r.kind = 'manifest')
       DELETE FROM manifests WHERE (repository, digest) NOT IN (SELECT repository, digest FROM needed)`,
      cutoffMs,
    );
    store.run(
      `DELETE FROM manifest_refs WHERE NOT EXISTS
         (SELECT 1 FROM manifests m WHERE m.repository = manifest_refs.repository AND m.digest = manifest_refs.manifest)`,
    );
    return deleted;
  });
}

/** In one statement, so that no manifest can come to need a link between the question and the deletion. */
function deleteLinks(store: Store, cutoffMs: number): number {
  return store.run(
    `DELETE FROM blob_links WHERE created_ms < ? AND NOT EXISTS
       (SELECT 1 FROM manifest_refs r WHERE r.repository = blob_links.repository
          AND r.kind = 'blob' AND r.digest = blob_links.digest)`,
    cutoffMs,
  );
}

/** Rows whose bytes were gone already, so that the listing of the storage could not name them. */
function forgetUnlinkedBlobs(store: Store): void {
  store.run(
    'DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM blob_links l WHERE l.digest = blobs.sha256sum)',
  );
}
