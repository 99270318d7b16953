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
  for (const replica of replicas)
    await unlessDead(distribution, replica, async () => {
      await waitUntil(distribution.meter, async () => {
        const running = await collectionAt(replica);
        return running === undefined ? undefined : `${running} to end`;
      });
    });
  // None of them stands in the way of the others
  const failures: unknown[] = [];
  for (const replica of replicas)
    try {
      await unlessDead(distribution, replica, async () => {
        await applyTo(distribution, replica, (text) => withReadOnly(text, false));
      });
    } catch (error) {
      if (!(error instanceof TransshipError)) throw error;
      failures.push(error);
    }
  for (const error of failures) throw error;
}

/** A host that is away with its replica is not waited for: it takes no pushes, and keeps nobody from pushing. */
async function unlessDead(
  distribution: Distribution,
  replica: DistributionReplica,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isAway = error instanceof TransshipError && error.type === 'HostUnreachable';
    if (!isAway || (await problemOf(distribution, replica.images)) === undefined) throw error;
  }
}
