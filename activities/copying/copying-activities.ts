// The activities that copy from one storage to another, wired to those of the inventory.

import type { StorageActivities } from '../../contracts/storage-activities.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { endClaim, noteFinalDelta, noteInUse } from './claim.ts';
import { untilLeasesEnd } from './lease.ts';
import { claimDestination, lookAtDestination } from './claim-destination.ts';
import { listDamage } from './damage-list.ts';
import { copyShard } from './copy-shard.ts';
import { createPaces } from './pace/paces.ts';
import type { OpenProber } from './pace/registry-watch.ts';
import { planPass } from './plan-pass.ts';

type CopyingActivities = Pick<
  StorageActivities,
  | 'claimDestination'
  | 'lookAtDestination'
  | 'releaseDestination'
  | 'noteInUse'
  | 'planPass'
  | 'copyShard'
  | 'listDamage'
>;

export function createCopyingActivities(environment: Environment, openProber: OpenProber): CopyingActivities {
  const { inventory } = environment;
  const paces = createPaces(inventory.copying, openProber);
  const sides = async (request: { source: string; destination: string }) => {
    const [journal, source, destination] = await Promise.all([
      environment.openStorage(inventory.journal),
      environment.openStorage(request.source),
      environment.openStorage(request.destination),
    ]);
    return { journal, source, destination };
  };

  return {
    claimDestination: (request) =>
      withHeartbeat(environment, async (meter) => {
        await claimDestination(await sides(request), request, meter, { mayGoBack: true });
      }),

    lookAtDestination: (request) =>
      withHeartbeat(
        environment,
        async (meter) => await lookAtDestination(await sides(request), request, meter),
      ),

    releaseDestination: (request) =>
      withHeartbeat(environment, async () => {
        await endClaim(await environment.openStorage(inventory.journal), request);
      }),

    planPass: (request) =>
      withHeartbeat(
        environment,
        async (meter) =>
          await paces.during(request, meter, async (pace) => {
            const all = await sides(request);
            if (request.final) {
              await noteFinalDelta(all, request);
              await untilLeasesEnd(meter);
            }
            return await planPass(all, request, meter, pace);
          }),
      ),

    noteInUse: (request) =>
      withHeartbeat(environment, async (meter) => {
        await noteInUse(await environment.openStorage(inventory.journal), request);
        await untilLeasesEnd(meter);
      }),

    listDamage: (request) =>
      withHeartbeat(
        environment,
        async () => await listDamage(await environment.openStorage(inventory.journal), request),
      ),

    copyShard: (request) =>
      withHeartbeat(
        environment,
        async (meter) =>
          await paces.during(
            request,
            meter,
            async (pace) => await copyShard(await sides(request), request, meter, pace),
          ),
      ),
  };
}
