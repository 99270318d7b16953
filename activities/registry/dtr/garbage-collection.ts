// Garbage collection off and on again: its schedules are crons of the registry (dtr-msr.md §3.4), and deleting one does not
// cancel what it has started.

import type { SavedSetting } from '../../../contracts/registry-activities.ts';
import { type Cron, savedSchedules, schedulesIn } from '../../../domain/registries/dtr/collection.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';
import { clusterStatus } from './cluster.ts';
import type { Dtr } from './dtr.ts';
import { GC_ACTIONS, listGcSchedules } from './gc-schedules.ts';
import { openTasks } from './tasks.ts';

export const collectionSetting = async ({ api }: Dtr): Promise<SavedSetting> =>
  savedSchedules(await listGcSchedules(api));

export async function pauseCollection({ api, meter }: Dtr): Promise<void> {
  await waitUntil(meter, async () => {
    const left = await listGcSchedules(api);
    for (const { action } of left) await api.delete(`crons/${encodeURIComponent(action)}`);
    return left.length === 0 ? undefined : `schedules ${left.map(({ action }) => action).join(', ')} to go`;
  });
  await waitUntil(meter, async () => {
    const [running] = await openTasks(api, GC_ACTIONS);
    if (running !== undefined) return `task ${running.action} (${running.id}) to end`;
    const holder = (await clusterStatus(api)).gc_lock_holder ?? '';
    return holder === '' ? undefined : `${holder} to let go of the garbage collection lock`;
  });
}

export async function resumeCollection({ api, meter }: Dtr, setting: SavedSetting): Promise<void> {
  const saved = schedulesIn(setting);
  await waitUntil(meter, async () => {
    const present = await listGcSchedules(api);
    const missing = saved.filter((cron) => !present.some((other) => isSameSchedule(cron, other)));
    for (const cron of missing) await api.post('crons', withoutNulls(cron));
    return missing.length === 0
      ? undefined
      : `schedules ${missing.map(({ action }) => action).join(', ')} to be back`;
  });
}

const isSameSchedule = (a: Cron, b: Cron): boolean => a.action === b.action && a.schedule === b.schedule;

/** The API answers with nulls for empty maps, but documents its input without them. */
const withoutNulls = (cron: Cron): Partial<Cron> =>
  Object.fromEntries(Object.entries(cron).filter(([, value]) => value !== null));
