// What workflows may ask of a registry, wired to the files that do it.

import type { RegistryActivities } from '../../contracts/registry-activities.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import { waitUntil } from '../concurrency/wait-until.ts';
import type { Environment } from '../environment.ts';
import type { Storage } from '../storage/storage.ts';
import { pauseCollection, resumeCollection } from './collection.ts';
import { previewCollection } from './preview-collection.ts';
import { plantCanaries, proveServed, removeCanaries } from './images/canaries.ts';
import { checkClosure } from './images/check-closure.ts';
import { proveReadOnly, proveWritable } from './images/try-pushes.ts';
import { verifyImages } from './images/verify-images.ts';
import { watchPulls } from './images/watch-pulls.ts';
import { findIll } from './find-ill.ts';
import { findMarks } from '../inspection/canary-marks.ts';
import { onRegistries } from './on-registries.ts';
import { compareTags, snapshotTags } from './tags.ts';
import { locateStorage, requirePlace } from './where.ts';

export function createRegistryActivities(environment: Environment): RegistryActivities {
  const journal = async (): Promise<Storage> => await environment.openStorage(environment.inventory.journal);

  const on = onRegistries(environment);
  return {
    inspectRegistry: on(async (registry, { marks = false, destination }) => ({
      ...(await registry.inspect(destination === undefined ? {} : { destination })),
      ...(marks && { marks: await findMarks(await journal(), environment.inventory, registry.name) }),
    })),
    pauseCollection: on(async (registry, { job }) => await pauseCollection(registry, await journal(), job)),
    resumeCollection: on(
      async (registry, request) => await resumeCollection(registry, await journal(), request),
    ),
    previewCollection: on(async (registry, run) => await previewCollection(registry, await journal(), run)),
    collectGarbage: on(async (registry, run) => await registry.collect(run)),
    setReadOnly: on(
      async (registry, { readOnly, afterCollection }) =>
        await registry.setReadOnly(readOnly, undefined, afterCollection),
    ),
    proveReadOnly: on(proveReadOnly),
    proveWritable: on(proveWritable),
    snapshotTags: on(async (registry, request) => await snapshotTags(registry, await journal(), request)),
    compareTags: (request) =>
      withHeartbeat(environment, async () => await compareTags(await journal(), request)),
    verifyImages: on(async (registry, request) => await verifyImages(registry, await journal(), request)),
    plantCanaries: on(async (registry, request) => await plantCanaries(registry, await journal(), request)),
    watchPulls: on(async (registry, request) => await watchPulls(registry, await journal(), request)),
    removeCanaries: on(removeCanaries),
    checkClosure: on(
      async (registry, request) =>
        await checkClosure(
          registry,
          { journal: await journal(), storage: await environment.openStorage(request.storage) },
          request,
        ),
    ),
    locateStorage: on(async (registry, { among }) => await locateStorage(environment, registry, among)),
    proveServedFrom: on(async (registry, request) => {
      await requirePlace(environment, registry, request);
      await proveServed(registry, request);
    }),
    waitUntilHealthy: on(async (registry, { replicas }) => {
      await waitUntil(registry.meter, async () => await registry.healthProblem(replicas));
    }),
    findIll: on(findIll),
    switchStorage: on(async (registry, request) => await registry.switchStorage(request, request)),
  };
}
