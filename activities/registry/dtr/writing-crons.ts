// Crons of the registry that write to its storage or its tags: one for each action (dtr-msr.md §3.4, §4). Garbage collection,
// mirroring into the registry and pruning go past read-only mode, which is the registry's alone, and what they write in the
// window is lost or missed. What an action does is not public of all: one that is not known to be harmless stands still.

import type { Cron } from '../../../domain/registries/dtr/collection.ts';
import type { DtrClient } from './dtr-client.ts';
import { cronsShape } from './dtr-shapes.ts';

/** Known to write neither images nor tags (dtr-msr.md §3.3). */
const HARMLESS = new Set([
  'license_update',
  'update_vuln_db',
  'nautilus_update_db',
  'update_db',
  'scan_check',
  'scan_check_single',
  'scan_check_all',
  'push_mirror_tag',
  'webhook',
  'sleep',
  'false',
]);

/** Tasks that write, hold the collection's lock, or end read-only mode and begin it. */
export const WRITING_ACTIONS = [
  'gc',
  'onlinegc',
  'onlinegc_metadata',
  'onlinegc_blobs',
  'onlinegc_joblogs',
  'onlinegc_events',
  'poll_mirror',
  'tag_prune',
  'tag_pruning',
  'ro_registry',
];

export async function listWritingCrons(api: DtrClient): Promise<Cron[]> {
  const { crons } = await api.get('crons', cronsShape);
  return (crons ?? []).filter(({ action }) => !HARMLESS.has(action));
}
