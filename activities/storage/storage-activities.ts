// Every activity on storages, wired to the storages of the inventory.

import type { StorageActivities } from '../../contracts/storage-activities.ts';
import type { Environment } from '../environment.ts';
import { checkAccess } from '../inspection/check-access.ts';
import { claimDestination, noteFinalDelta } from '../copying/claim-destination.ts';
import { copyShard } from '../copying/copy-shard.ts';
import { objectsToCopy } from './objects-to-copy.ts';
import { findDamage } from '../inspection/find-damage.ts';
import { checkExport } from './host/host-nfs.ts';
import { openOnHost } from './host/open-on-host.ts';
import { createPaces } from '../copying/pace/paces.ts';
import { planPass } from '../copying/plan-pass.ts';
import type { Storage } from './storage.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';

export function createStorageActivities(environment: Environment): StorageActivities {
  const open = (name: string): Promise<Storage> => environment.openStorage(name);
  const paces = createPaces(environment);
  const sides = async (request: { source: string; destination: string }) => {
    const [journal, source, destination] = await Promise.all([
      open(environment.inventory.journal),
      open(request.source),
      open(request.destination),
    ]);
    return { journal, source, destination };
  };

  return {
    checkAccess: ({ storage, writable, hosts = [] }) =>
      withHeartbeat(environment, async (progress) => {
        const entry = environment.inventory.storages[storage];
        const sharers =
          entry?.kind !== 'host'
            ? []
            : hosts.map((host) => ({
                host,
                open: async () => openOnHost(storage, entry, await environment.openHost(host)),
              }));
        const exported =
          entry?.kind === 'host' && entry.nfs !== undefined
            ? await checkExport(
                await Promise.all(
                  [...new Set([entry.host, ...hosts])].map((host) => environment.openHost(host)),
                ),
                entry.nfs,
                progress.signal,
              )
            : [];
        if (entry?.kind === 'host' && exported.some(({ ok }) => !ok)) {
          const describe = `NFS export ${entry.nfs?.url} on host ${entry.host}`;
          return { describe, actions: exported, proof: 'read-back', proofNote: null };
        }
        const check = await checkAccess(await open(storage), writable, sharers, progress);
        return { ...check, actions: [...exported, ...check.actions] };
      }),

    measureStorage: ({ storage }) =>
      withHeartbeat(environment, async (progress) => {
        const size = { objects: 0, bytes: 0, largestBytes: 0 };
        for await (const object of objectsToCopy(await open(storage), progress)) {
          size.objects += 1;
          size.bytes += object.size;
          size.largestBytes = Math.max(size.largestBytes, object.size);
        }
        return size;
      }),

    claimDestination: (request) =>
      withHeartbeat(environment, async (progress) => {
        await claimDestination(await sides(request), request, progress);
      }),

    findDamage: (request) =>
      withHeartbeat(environment, async (progress) => {
        const [journal, storage, destination] = await Promise.all([
          open(environment.inventory.journal),
          open(request.storage),
          request.destination === null ? null : open(request.destination),
        ]);
        return await findDamage({ journal, storage, destination }, request, progress);
      }),

    planPass: (request) =>
      withHeartbeat(
        environment,
        async (progress) =>
          await paces.during(request, progress, async (pace) => {
            const all = await sides(request);
            if (request.final) await noteFinalDelta(all.journal, request.destination, request.job);
            return await planPass(all, request, progress, pace);
          }),
      ),

    copyShard: (request) =>
      withHeartbeat(
        environment,
        async (progress) =>
          await paces.during(
            request,
            progress,
            async (pace) => await copyShard(await sides(request), request, progress, pace),
          ),
      ),
  };
}
