// Garbage collection, and whatever else writes by a schedule, off and on again: the schedules are crons of the registry
// (dtr-msr.md §3.4), and deleting one does not cancel what it has started.

import type { SavedSetting } from '../../../contracts/registry-activities.ts';
import { type Cron, savedSchedules, schedulesIn } from '../../../domain/registries/dtr/collection.ts';
import { isSameCron } from '../../../domain/registries/dtr/cron-meaning.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';
import { clusterStatus } from './cluster.ts';
import type { Dtr } from './dtr.ts';
import { openTasks } from './tasks.ts';
import { listWritingCrons, WRITING_ACTIONS } from './writing-crons.ts';

export const writingCrons = async ({ api }: Dtr): Promise<SavedSetting> =>
  savedSchedules(await listWritingCrons(api));

export async function pauseCrons({ api, meter }: Dtr, saved: SavedSetting): Promise<void> {
  await waitUntil(meter, async () => {
    const left = await listWritingCrons(api);
    for (const { action } of left) await api.delete(`crons/${encodeURIComponent(action)}`);
    return left.length === 0 ? undefined : `schedules ${left.map(({ action }) => action).join(', ')} to go`;
  });
  const actions = new Set([...WRITING_ACTIONS, ...schedulesIn(saved).map(({ action }) => action)]);
  await waitUntil(meter, async () => {
    const [running] = await openTasks(api, [...actions]);
    if (running !== undefined) return `task ${running.action} (${running.id}) to end`;
    const holder = (await clusterStatus(api)).gc_lock_holder ?? '';
    return holder === '' ? undefined : `${holder} to let go of the garbage collection lock`;
  });
}

/**
 * Done when the registry shows each of them, in whatever words it writes what it was given. One that it refuses keeps none
 * of the others away.
 */
export async function resumeCrons({ api, meter }: Dtr, setting: SavedSetting): Promise<void> {
  const saved = schedulesIn(setting);
  const sent = new Set<Cron>();
  const refused = new Map<Cron, unknown>();
  await waitUntil(meter, async () => {
    const present = await listWritingCrons(api);
    const missing = saved.filter((cron) => {
      const there = present.find(({ action }) => action === cron.action);
      return !refused.has(cron) && !(there && (sent.has(cron) || isSameCron(cron, there)));
    });
    for (const cron of missing.filter((one) => !sent.has(one))) {
      await api.post('crons', withoutNulls(cron)).catch((error: unknown) => {
        if (!(error instanceof TransshipError) || error.type !== 'RegistryRefused') throw error;
        refused.set(cron, error);
      });
      sent.add(cron);
    }
    return missing.length === 0
      ? undefined
      : `schedules ${missing.map(({ action }) => action).join(', ')} to be back`;
  });
  for (const error of refused.values()) throw error;
}

/** The API answers with nulls for empty maps, but documents its input without them. */
const withoutNulls = (cron: Cron): Partial<Cron> =>
  Object.fromEntries(Object.entries(cron).filter(([, value]) => value !== null));
