// What a restore may ask for, wired to the inventory's registries, storages and repositories.

import type { RestoreActivities } from '../../contracts/restore.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { type Meter, withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane } from '../registry/control-plane.ts';
import { onRegistries } from '../registry/on-registries.ts';
import { listSet } from './list-set.ts';
import { readConfigurations } from './metadata.ts';
import { compareWithSet } from './objects-of-set.ts';
import { openSets, type SetRepository } from './open-sets.ts';
import { restoreContent } from './restore-content.ts';
import { lookAtManifest, type OpenSet, setInvalid } from './set-reader.ts';
import { manifestKey } from '../../domain/backup/set.ts';

type OfSet = { repository: string; registry: string; set: string };

export function createRestoreActivities(environment: Environment): RestoreActivities {
  const on = onRegistries(environment);
  const opened = async (
    { repository: name, registry, set: id }: OfSet,
    meter: Meter,
  ): Promise<{ repository: SetRepository; set: OpenSet }> => {
    const repository = await openSets(environment, name, meter);
    const { set, problems } = await lookAtManifest(repository, { registry, id }, meter);
    if (set === undefined) throw setInvalid(manifestKey(registry, id), problems);
    return { repository, set };
  };

  return {
    listSet: (request) =>
      withHeartbeat(environment, async (meter) => {
        const { repository, set } = await opened(request, meter);
        const journal = await environment.openStorage(environment.inventory.journal);
        return await listSet(repository, journal, set, request.job, meter);
      }),

    compareWithSet: (request) =>
      withHeartbeat(environment, async (meter) => {
        const { repository, set } = await opened(request, meter);
        const storage = await environment.openStorage(request.storage);
        return await compareWithSet(repository, set, storage, meter);
      }),

    lookAtRegistry: on(async (registry) => {
      try {
        return { state: await registry.inspect(), problem: null };
      } catch (error) {
        registry.meter.signal.throwIfAborted();
        if (!(error instanceof TransshipError) || error.type !== 'RegistryUnhealthy') throw error;
        return { state: null, problem: error.message };
      }
    }),

    restoreContent: (request) =>
      withHeartbeat(environment, async (meter) => {
        const { repository, set } = await opened(request, meter);
        const storage = await environment.openStorage(request.storage);
        return await restoreContent(repository, set, storage, meter);
      }),

    restoreMetadata: on(async (registry, request) => {
      const restore = restoringOf(registry);
      const { repository, set } = await opened(request, registry.meter);
      const configurations = await readConfigurations(repository, set, registry.meter);
      await restore(request, { configurations, storage: request.storage, tryOnly: request.tryOnly });
    }),
  };
}

function restoringOf({
  name,
  kind,
  restoreConfigurations,
}: ControlPlane): NonNullable<ControlPlane['restoreConfigurations']> {
  if (restoreConfigurations !== undefined) return restoreConfigurations;
  throw new TransshipError(
    'InvalidInput',
    `${name} is a registry of kind "${kind}", whose sets are not restored by this version of Transship: restore it by hand, as docs/operations/restore.md says.`,
  );
}
