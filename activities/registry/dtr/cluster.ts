// What the cluster says of itself (dtr-msr.md §6). The cluster decides which replicas exist: after a restore there is
// one, whatever the inventory names.

import type { DtrClient } from './dtr-client.ts';
import { clusterStatusShape, type ClusterStatus } from './dtr-shapes.ts';
import type { Dtr, DtrReplica } from './dtr.ts';

const HEALTHY = 'OK';
/** Each replica writes down its own health; one that is so far behind another does not any more. */
const STALE_MS = 5 * 60_000;

export const clusterStatus = async (api: DtrClient): Promise<ClusterStatus> =>
  await api.get('meta/cluster_status', clusterStatusShape);

export const datedClusterStatus = async (
  api: DtrClient,
): Promise<{ value: ClusterStatus; at: string | null }> =>
  await api.getDated('meta/cluster_status', clusterStatusShape);

export const clusterReplicas = (status: ClusterStatus): string[] =>
  [...new Set([...Object.keys(status.replica_health), ...Object.keys(status.replica_readonly)])].sort();

/** What is wrong with a replica, as the cluster knows it; undefined: it is well. */
export function replicaProblem(status: ClusterStatus, id: string): string | undefined {
  const health = status.replica_health[id];
  if (health === undefined) return 'not in the cluster';
  if (health !== HEALTHY) return health ?? 'reports no health';
  const times = Object.values(status.replica_timestamp).map((at) => Date.parse(at ?? ''));
  const newest = Math.max(...times.filter((ms) => !Number.isNaN(ms)));
  const own = status.replica_timestamp[id] ?? '';
  if (newest - Date.parse(own) > STALE_MS) return `reported its health last at ${own}`;
  // Health is a replica's own word, and its database may have lost the others.
  const issue = [...status.current_issues, ...status.rethink_system_tables].find(({ description }) =>
    description.includes(`dtr_rethinkdb_${id}`),
  );
  return issue?.description;
}

/**
 * Why the database takes no writes: it needs more than half of its members, and those that were destroyed without a word are
 * members still (dtr-msr.md §6). undefined: there are enough, or it does not say who is one.
 */
export function quorumProblem(status: ClusterStatus): string | undefined {
  const members = clusterReplicas(status);
  const well = members.filter((id) => replicaProblem(status, id) === undefined);
  if (members.length === 0 || well.length * 2 > members.length) return undefined;
  return `no majority: ${well.length} of ${members.length} replicas are well, and ${Math.floor(members.length / 2) + 1} are needed`;
}

/** The inventory's replicas that belong to the cluster now; all of them where it does not say who belongs to it. */
export async function membersOf(dtr: Dtr): Promise<DtrReplica[]> {
  const ids = clusterReplicas(await clusterStatus(dtr.api));
  return ids.length === 0 ? dtr.replicas : dtr.replicas.filter(({ id }) => ids.includes(id));
}
