// Read-only mode of Distribution: a setting that each replica reads when it starts. They are started again one by one, so that
// behind a load balancer the others serve pulls meanwhile.

import { TransshipError } from '../../../domain/transship-error.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';
import { applyTo } from './apply.ts';
import { withReadOnly } from './configuration.ts';
import { type Distribution, type DistributionReplica, without } from './distribution.ts';
import { problemOf } from './health.ts';
import { collectionAt } from './processes.ts';

export async function setReadOnly(
  distribution: Distribution,
  on: boolean,
  given: readonly string[] = [],
): Promise<void> {
  const replicas = without(distribution.replicas, given);
  if (on) {
    for (const replica of replicas) await applyTo(distribution, replica, (text) => withReadOnly(text, true));
    return;
  }
  // A collection that outlived its caller would take what is pushed now for garbage
  for (const replica of replicas) await waitForCollection(distribution, replica);
  // None of them stands in the way of the others, and one that is dead takes no pushes
  const failures: unknown[] = [];
  const dead: unknown[] = [];
  for (const replica of replicas)
    try {
      await applyTo(distribution, replica, (text) => withReadOnly(text, false));
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      ((await isSilent(distribution, replica)) ? dead : failures).push(error);
    }
  for (const error of [...failures, ...(dead.length === replicas.length ? dead : [])]) throw error;
}

/** On a host that is away with its replica nothing collects. */
async function waitForCollection(distribution: Distribution, replica: DistributionReplica): Promise<void> {
  try {
    await waitUntil(distribution.meter, async () => {
      const running = await collectionAt(replica);
      return running === undefined ? undefined : `${running} to end`;
    });
  } catch (error) {
    const isAway = error instanceof TransshipError && error.type === 'HostUnreachable';
    if (!isAway || !(await isSilent(distribution, replica))) throw error;
  }
}

const isSilent = async (distribution: Distribution, { images }: DistributionReplica): Promise<boolean> =>
  (await problemOf(distribution, images)) !== undefined;
