// Schedules of garbage collection as the registry keeps them: one cron for each action (dtr-msr.md §3.4, §4).

import type { Cron } from '../../../domain/registries/dtr/collection.ts';
import type { DtrClient } from './dtr-client.ts';
import { cronsShape } from './dtr-shapes.ts';

/** Tasks that delete content or hold the collection's lock. */
export const GC_ACTIONS = [
  'gc',
  'onlinegc',
  'onlinegc_metadata',
  'onlinegc_blobs',
  'onlinegc_joblogs',
  'onlinegc_events',
];

export const isCollection = (action: string): boolean => /^(online)?gc/.test(action);

export async function listGcSchedules(api: DtrClient): Promise<Cron[]> {
  const { crons } = await api.get('crons', cronsShape);
  return (crons ?? []).filter(({ action }) => isCollection(action));
}
