// Brings one replica to another configuration: the file is replaced, the replica started again, and waited for. A file beside
// the configuration says for as long that a restart is due, so that whoever comes after a killed attempt ends what it began,
// and a replica that runs with what it should is left alone.

import { TransshipError } from '../../../domain/transship-error.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';
import { noteRestarted, readConfig, swapConfig } from './config-file.ts';
import type { Distribution, DistributionReplica } from './distribution.ts';
import { problemOf } from './health.ts';

/** Longer than service managers wait for a process to end before they kill it. */
const RESTART_SECONDS = 120;

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
  await restart(replica, meter.signal);
  await waitUntil(meter, async () => {
    const problem = await problemOf(distribution, replica.images);
    return problem === undefined ? undefined : `replica ${replica.id}: ${problem}`;
  });
  await noteRestarted(replica);
}

/** One that never returns must leave time for the other replicas. */
async function restart({ id, host, entry }: DistributionReplica, signal: AbortSignal): Promise<void> {
  const timeIsUp = AbortSignal.timeout(RESTART_SECONDS * 1000);
  try {
    await host.check(entry.restart, { signal: AbortSignal.any([signal, timeIsUp]) });
  } catch (error) {
    signal.throwIfAborted();
    if (!timeIsUp.aborted) throw error;
    throw new TransshipError(
      'CommandFailed',
      `${entry.restart[0]} on host ${host.name} did not end within ${RESTART_SECONDS} seconds: replica ${id} is not known to have started again.`,
      { host: host.name },
      { cause: error },
    );
  }
}
