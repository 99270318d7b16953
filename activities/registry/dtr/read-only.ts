// Read-only mode of DTR: set, and waited for on every replica, because the answer is 202 (dtr-msr.md §3.5).

import { waitUntil } from '../../concurrency/wait-until.ts';
import { clusterReplicas, clusterStatus } from './cluster.ts';
import type { Dtr } from './dtr.ts';

export async function setReadOnly({ api, meter }: Dtr, readOnly: boolean): Promise<void> {
  await api.post('meta/settings', { readOnlyRegistry: readOnly });
  await waitUntil(meter, async () => {
    const status = await clusterStatus(api);
    const replicas = clusterReplicas(status);
    if (replicas.length === 0) return 'the cluster to list its replicas';
    const late = replicas.filter((id) => status.replica_readonly?.[id] !== readOnly);
    return late.length === 0
      ? undefined
      : `${late.join(', ')} to report ${readOnly ? 'read-only' : 'read-write'}`;
  });
}
