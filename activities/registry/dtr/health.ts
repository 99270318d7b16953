// When a registry is well: `/_ping` of each replica answers 200 (it covers that replica alone), and the cluster calls
// each of them healthy (dtr-msr.md §3.8, §6).

import { clusterStatus, HEALTHY } from './cluster.ts';
import type { Registry } from '../open-registry.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';

/** What is wrong with the first of these replicas that is not well; undefined if all are. */
export async function healthProblem(registry: Registry, replicas: string[]): Promise<string | undefined> {
  if (replicas.length === 0) return 'the cluster lists no replica';
  for (const id of replicas) {
    const replica = registry.replicas.find((candidate) => candidate.id === id);
    // A replica without an entry has no URL of its own to ask; the cluster is asked below.
    const problem = await replica?.api.ping();
    if (problem !== undefined) return `replica ${id}: ${problem}`;
  }
  const { replica_health: health } = await clusterStatus(registry.api);
  const ill = replicas.find((id) => health[id] !== HEALTHY);
  return ill === undefined ? undefined : `replica ${ill}: ${health[ill] ?? 'not in the cluster'}`;
}

export async function waitUntilHealthy(registry: Registry, replicas: string[]): Promise<void> {
  await waitUntil(registry.progress, async () => await healthProblem(registry, replicas));
}
