// Every activity on storages, wired to the storages of the inventory.

import type { StorageActivities } from '../../contracts/storage-activities.ts';
import type { Environment } from '../environment.ts';
import { checkStorage } from './check-storage.ts';
import { claimDestination } from './claim-destination.ts';
import { copyShard } from './copy-shard.ts';
import { copied, planPass } from './plan-pass.ts';
import type { Storage } from './storage.ts';
import { withHeartbeat } from '../heartbeat.ts';

export function createStorageActivities(environment: Environment): StorageActivities {
  const open = (name: string): Promise<Storage> => environment.openStorage(name);
  const sides = async (request: { source: string; destination: string }) => {
    const [journal, source, destination] = await Promise.all([
      open(environment.inventory.journal),
      open(request.source),
      open(request.destination),
    ]);
    return { journal, source, destination };
  };

  return {
    checkStorage: ({ storage, writable }) =>
      withHeartbeat(async ({ signal }) => await checkStorage(await open(storage), writable, signal)),

    measureStorage: ({ storage }) =>
      withHeartbeat(async (progress) => {
        const size = { objects: 0, bytes: 0 };
        for await (const object of copied(await open(storage), progress.signal)) {
          size.objects += 1;
          size.bytes += object.size;
          progress.moved();
        }
        return size;
      }),

    claimDestination: (request) =>
      withHeartbeat(async ({ signal }) => {
        const { journal, destination } = await sides(request);
        await claimDestination(journal, destination, request, signal);
      }),

    planPass: (request) =>
      withHeartbeat(async (progress) => await planPass(await sides(request), request, progress)),

    copyShard: (request) =>
      withHeartbeat(async (progress) => await copyShard(await sides(request), request, progress)),
  };
}
