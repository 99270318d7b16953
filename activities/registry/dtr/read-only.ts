// Read-only mode of DTR: set, and waited for on every replica that says how it is, because the answer is 202 (dtr-msr.md
// §3.5). Whether the mode is said at all is not known of any real answer (§6), so nobody is waited for that says nothing:
// pushes decide (activities/registry/images/try-pushes.ts). On the way out nothing may be in the way: a replica that died
// in the window says for ever what it said last.

import { waitUntil } from '../../concurrency/wait-until.ts';
import { clusterReplicas, clusterStatus, replicaProblem } from './cluster.ts';
import type { Dtr } from './dtr.ts';

/** On the way out; afterwards pushes tell. Replicas take a setting over within seconds. */
const LONGEST_OUT_MS = 20_000;

export async function setReadOnly(
  { api, meter }: Dtr,
  readOnly: boolean,
  without: readonly string[] = [],
): Promise<void> {
  await api.post('meta/settings', { readOnlyRegistry: readOnly });
  const endMs = readOnly ? Infinity : Date.now() + LONGEST_OUT_MS;
  await waitUntil(meter, async () => {
    if (Date.now() > endMs) return undefined;
    const status = await clusterStatus(api);
    const late = clusterReplicas(status).filter(
      (id) => status.replica_readonly[id] === !readOnly && !without.includes(id),
    );
    const alive = readOnly ? late : late.filter((id) => replicaProblem(status, id) === undefined);
    return alive.length === 0
      ? undefined
      : `${alive.join(', ')} to report ${readOnly ? 'read-only' : 'read-write'}`;
  });
}
