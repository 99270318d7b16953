// Schedules of garbage collection as the registry keeps them: one cron for each action (dtr-msr.md §3.4, §4).

import type { Cron } from '../../../contracts/registry-activities.ts';
import type { DtrClient } from './dtr-client.ts';
import { cronsShape } from './dtr-shapes.ts';

/** Jobs that delete content or hold the collection's lock. */
export const GC_ACTIONS = [
  'gc',
  'onlinegc',
  'onlinegc_metadata',
  'onlinegc_blobs',
  'onlinegc_joblogs',
  'onlinegc_events',
];

export async function listGcSchedules(api: DtrClient): Promise<Cron[]> {
  const { crons } = await api.get('crons', cronsShape);
  return (crons ?? []).filter(({ action }) => /^(online)?gc/.test(action));
}
