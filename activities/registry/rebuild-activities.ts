// What workflows may ask of the tools on a registry's hosts, wired to the product that has them.

import type { RebuildActivities } from '../../contracts/registry-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane, Rebuild } from './control-plane.ts';
import { onRegistries } from './on-registries.ts';

export function createRebuildActivities(environment: Environment): RebuildActivities {
  const on = onRegistries(environment);
  return {
    backUpMetadata: on(async (registry, request) => await registry.backUpMetadata(request, request)),
    takeDownReplica: on(
      async (registry, request) => await rebuildOf(registry).takeDown(request, request.replica),
    ),
    bringUpReplica: on(async (registry, request) => await rebuildOf(registry).bringUp(request, request)),
    joinReplica: on(async (registry, request) => await rebuildOf(registry).join(request, request)),
  };
}

/** The recipes of a product that cannot do it name no path that asks for it. */
function rebuildOf({ name, kind, rebuild }: ControlPlane): Rebuild {
  if (rebuild !== undefined) return rebuild;
  throw new TransshipError(
    'InvalidInput',
    `${name} is a registry of kind "${kind}", which cannot be built anew from a backup.`,
  );
}
