// The activities that look at storages, wired to those of the inventory.

import type { StorageActivities } from '../../contracts/storage-activities.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { requireApart } from '../storage/apart.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import { withoutJournal } from '../journal/without-journal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Canary } from '../../contracts/registry-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { findCanaries, writeCanaries } from './canaries.ts';
import { forgetMark, noteMark } from './canary-marks.ts';
import { checkStorage } from './check-storage.ts';
import { findDamage } from './find-damage.ts';

type InspectionActivities = Pick<
  StorageActivities,
  'checkAccess' | 'measureStorage' | 'findDamage' | 'findCanaries' | 'writeCanaries'
>;

export function createInspectionActivities(environment: Environment): InspectionActivities {
  const open = (name: string): Promise<Storage> => environment.openStorage(name);

  return {
    checkAccess: (request) =>
      withHeartbeat(environment, async (meter) => await checkStorage(environment, request, meter)),

    measureStorage: ({ storage }) =>
      withHeartbeat(environment, async (meter) => {
        const size = { objects: 0, bytes: 0, largestBytes: 0 };
        for await (const object of objectsToCopy(await open(storage), meter)) {
          size.objects += 1;
          size.bytes += object.size;
          size.largestBytes = Math.max(size.largestBytes, object.size);
        }
        return size;
      }),

    findCanaries: ({ storage, canaries }) =>
      withHeartbeat(environment, async (meter) => await findCanaries(await open(storage), canaries, meter)),

    writeCanaries: ({ job, storage, canaries, side }) =>
      withHeartbeat(environment, async (meter) => {
        const journal = (): Promise<Storage> => open(environment.inventory.journal);
        if (side === 'marked') await noteMark(await journal(), job, { storage, canaries });
        const place = await open(storage);
        const missed = await writeCanaries(place, canaries, side, meter);
        if (side === 'pushed') requireNone(missed, place);
        // The window does not stay open for it: where it is not forgotten the next run finds that nothing is to be done
        if (side === 'pushed') await withoutJournal(async () => await forgetMark(await journal(), job));
      }),

    findDamage: (request) =>
      withHeartbeat(environment, async (meter) => {
        const [journal, storage, destination] = await Promise.all([
          open(environment.inventory.journal),
          open(request.storage),
          request.destination === null ? null : open(request.destination),
        ]);
        if (destination !== null) await requireApart({ journal, source: storage, destination });
        return await findDamage({ journal, storage, destination }, request, meter);
      }),
  };
}

/** An old storage is often not mounted any more: the mark that it may hold stays on record. */
function requireNone(missed: Canary[], { describe }: Storage): void {
  if (missed.length === 0) return;
  const keys = missed.map(({ key }) => key).join(', ');
  throw new TransshipError('StorageMismatch', `${describe} does not show ${keys}: is it mounted?`);
}
