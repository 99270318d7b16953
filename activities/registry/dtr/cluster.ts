// What the cluster says of itself (dtr-msr.md §6). The cluster decides which replicas exist: after a restore there is
// one, whatever the inventory names.

import type { DtrClient } from './dtr-client.ts';
import { clusterStatusShape, type ClusterStatus } from './dtr-shapes.ts';
import type { Dtr, DtrReplica } from './dtr.ts';

export const HEALTHY = 'OK';

export const clusterStatus = async (api: DtrClient): Promise<ClusterStatus> =>
  await api.get('meta/cluster_status', clusterStatusShape);

export const clusterReplicas = (status: ClusterStatus): string[] =>
  [...new Set([...Object.keys(status.replica_health), ...Object.keys(status.replica_readonly ?? {})])].sort();

/** The inventory's replicas that belong to the cluster now. */
export async function membersOf(dtr: Dtr): Promise<DtrReplica[]> {
  const ids = clusterReplicas(await clusterStatus(dtr.api));
  return dtr.replicas.filter(({ id }) => ids.includes(id));
}
