// Brings one replica to another configuration: the file is replaced, the replica started again, and waited for. A file beside
// the configuration says for as long that a restart is due, so that whoever comes after a killed attempt ends what it began,
// and a replica that runs with what it should is left alone.

import { waitUntil } from '../../concurrency/wait-until.ts';
import { noteRestarted, readConfig, swapConfig } from './config-file.ts';
import type { Distribution, DistributionReplica } from './distribution.ts';
import { problemOf } from './health.ts';

/** `edit`: the text as it is to be. `CommandFailed` where it cannot be started again, `RegistryUnhealthy` if it does not come up. */
export async function applyTo(
  distribution: Distribution,
  replica: DistributionReplica,
  edit: (text: string) => string | Promise<string>,
): Promise<void> {
  const { text, restartDue } = await readConfig(replica);
  const wanted = await edit(text);
  if (wanted === text && !restartDue) return;
  if (wanted !== text) await swapConfig(replica, text, wanted);
  const { meter } = distribution;
  meter.moved({ waitingFor: `replica ${replica.id} to start again` });
  await replica.host.check(replica.entry.restart, { signal: meter.signal });
  await waitUntil(meter, async () => {
    const problem = await problemOf(distribution, replica.images);
    return problem === undefined ? undefined : `replica ${replica.id}: ${problem}`;
  });
  await noteRestarted(replica);
}
