// Garbage collection off and on again. The schedules are saved in the journal before the first one is deleted, and a
// save is never overwritten: a retry sees an empty list, and would save that.

import type { Cron, JobFolder } from '../../../contracts/registry-activities.ts';
import type { Storage } from '../../storage/storage.ts';
import { clusterStatus } from './cluster.ts';
import { GC_ACTIONS, listGcSchedules } from './gc-schedules.ts';
import { openJobs } from './jobs.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { Registry } from '../open-registry.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';

export async function stopGarbageCollection(
  { api, progress }: Registry,
  journal: Storage,
  job: JobFolder,
): Promise<{ saved: Cron[] }> {
  const save = fileOf('gc-schedules', { job });
  let saved = await readRecord<Cron[]>(journal, save);
  if (saved === undefined) {
    saved = await listGcSchedules(api);
    await writeRecord(journal, save, saved);
  }
  await waitUntil(progress, async () => {
    const left = await listGcSchedules(api);
    for (const { action } of left) await api.delete(`crons/${encodeURIComponent(action)}`);
    return left.length === 0 ? undefined : `schedules ${left.map(({ action }) => action).join(', ')} to go`;
  });
  // Deleting a schedule does not cancel the jobs that it has made (dtr-msr.md §3.4).
  await waitUntil(progress, async () => {
    const [running] = await openJobs(api, GC_ACTIONS);
    if (running !== undefined) return `job ${running.action} (${running.id}) to end`;
    const holder = (await clusterStatus(api)).gc_lock_holder ?? '';
    return holder === '' ? undefined : `${holder} to let go of the garbage collection lock`;
  });
  return { saved };
}

export async function restoreGarbageCollection(
  { api, progress }: Registry,
  journal: Storage,
  { job, schedules }: { job: JobFolder; schedules: Cron[] },
): Promise<{ restored: Cron[] }> {
  const inJournal = (await readRecord<Cron[]>(journal, fileOf('gc-schedules', { job }))) ?? [];
  const saved = [...new Map([...schedules, ...inJournal].map((cron) => [cron.action, cron])).values()];
  await waitUntil(progress, async () => {
    const present = await listGcSchedules(api);
    const missing = saved.filter((cron) => !present.some((other) => isSameSchedule(cron, other)));
    for (const cron of missing) await api.post('crons', withoutNulls(cron));
    return missing.length === 0
      ? undefined
      : `schedules ${missing.map(({ action }) => action).join(', ')} to be back`;
  });
  return { restored: saved };
}

const isSameSchedule = (a: Cron, b: Cron): boolean => a.action === b.action && a.schedule === b.schedule;

/** The API answers with nulls for empty maps, but documents its input without them. */
const withoutNulls = (cron: Cron): Partial<Cron> =>
  Object.fromEntries(Object.entries(cron).filter(([, value]) => value !== null));
