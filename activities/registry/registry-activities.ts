// What workflows may ask of a registry, wired to the files that do it. Each call opens the registry for itself and
// closes it, and a cancelled one ends with the cancellation and not with whatever broke because of it.

import type { RegistryActivities } from '../../contracts/registry-activities.ts';
import type { Environment } from '../environment.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Storage } from '../storage/storage.ts';
import { restoreGarbageCollection, stopGarbageCollection } from './dtr/garbage-collection.ts';
import { waitUntilHealthy } from './dtr/health.ts';
import { inspectRegistry } from './dtr/inspect-registry.ts';
import { openRegistry, type Registry } from './open-registry.ts';
import { proveReadOnly, proveWritable, setReadOnly } from './read-only.ts';
import { runRegistryJob } from './dtr/registry-jobs.ts';
import { switchStorageKeepingMetadata } from './dtr/switch-storage.ts';
import { compareTags, snapshotTags } from './tags.ts';
import { verifyImages } from './images/verify-images.ts';

export function createRegistryActivities(environment: Environment): RegistryActivities {
  const journal = async (): Promise<Storage> => await environment.openStorage(environment.inventory.journal);

  const on =
    <Request extends { registry: string }, Result>(
      run: (registry: Registry, request: Request) => Promise<Result>,
    ) =>
    async (request: Request): Promise<Result> =>
      await withHeartbeat(environment, async (progress) => {
        const registry = await openRegistry(environment, request.registry, progress);
        try {
          return await run(registry, request);
        } finally {
          await registry.close();
        }
      });

  return {
    inspectRegistry: on(inspectRegistry),
    stopGarbageCollection: on(
      async (registry, { job }) => await stopGarbageCollection(registry, await journal(), job),
    ),
    restoreGarbageCollection: on(
      async (registry, request) => await restoreGarbageCollection(registry, await journal(), request),
    ),
    setReadOnly: on(async (registry, { readOnly }) => await setReadOnly(registry, readOnly)),
    proveReadOnly: on(proveReadOnly),
    proveWritable: on(proveWritable),
    snapshotTags: on(async (registry, request) => await snapshotTags(registry, await journal(), request)),
    compareTags: (request) =>
      withHeartbeat(environment, async () => await compareTags(await journal(), request)),
    verifyImages: on(async (registry, request) => await verifyImages(registry, await journal(), request)),
    switchStorageKeepingMetadata: on(
      async (registry, { destination }) =>
        await switchStorageKeepingMetadata(registry, environment, destination),
    ),
    runRegistryJob: on(async (registry, request) => await runRegistryJob(registry, await journal(), request)),
    waitUntilHealthy: on(async (registry, { replicas }) => await waitUntilHealthy(registry, replicas)),
  };
}
