// `/_ping`: one replica's own health (dtr-msr.md §3.8). The status alone is meant to be enough.

import type { Replica } from '../replica-context.ts';

export async function pingAnswer(replica: Replica): Promise<{ Error: string; Healthy: boolean }> {
  const problem = (await replica.cluster.hasQuorum())
    ? await registryProblem(replica)
    : 'rethinkdb: no majority of replicas is available';
  return { Error: problem, Healthy: problem === '' };
}

async function registryProblem(replica: Replica): Promise<string> {
  try {
    const { address, port } = replica.blobs.current().distribution;
    const answer = await fetch(`http://${address}:${port}/v2/`);
    return answer.ok ? '' : `registry: answered ${answer.status}`;
  } catch (error) {
    return `registry: ${String(error)}`;
  }
}
