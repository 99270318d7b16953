// When a registry is well: `/_ping` of each replica answers 200 (it covers that replica alone), and the cluster calls
// each of them healthy, and most of all its members (dtr-msr.md §3.8, §6): without a majority none of them takes a push.

import { clusterStatus, quorumProblem, replicaProblem } from './cluster.ts';
import type { Dtr } from './dtr.ts';

/** What is wrong with the first of these replicas that is not well; undefined if all are. */
export async function healthProblem(dtr: Dtr, replicas: readonly string[]): Promise<string | undefined> {
  if (replicas.length === 0) return 'the cluster lists no replica';
  for (const id of replicas) {
    const replica = dtr.replicas.find((candidate) => candidate.id === id);
    // A replica without an entry has no URL of its own to ask; the cluster is asked below.
    const problem = await replica?.api.ping();
    if (problem !== undefined) return `replica ${id}: ${problem}`;
  }
  const status = await clusterStatus(dtr.api);
  const ill = replicas.find((id) => replicaProblem(status, id) !== undefined);
  return ill === undefined ? quorumProblem(status) : `replica ${ill}: ${replicaProblem(status, ill)}`;
}
