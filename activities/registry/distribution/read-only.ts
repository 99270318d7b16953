// Read-only mode of Distribution: a setting that each replica reads when it starts. They are started again one by one, so that
// behind a load balancer the others serve pulls meanwhile. On the way out none of them stands in the way of the others: one
// that does not come back in its turn is tried on beside them.

import { TransshipError } from '../../../domain/transship-error.ts';
import { Tries } from '../../concurrency/patience.ts';
import { waitUntil } from '../../concurrency/wait-until.ts';
import { applyTo } from './apply.ts';
import { withReadOnly } from './configuration.ts';
import { type Distribution, type DistributionReplica, without } from './distribution.ts';
import { problemOf } from './health.ts';
import { collectionAt } from './processes.ts';

/** `error` undefined: it went well. */
type Outcome = { replica: DistributionReplica; error: TransshipError | undefined };

export async function setReadOnly(
  distribution: Distribution,
  on: boolean,
  given: readonly string[] = [],
  afterCollection = false,
): Promise<void> {
  const replicas = without(distribution.replicas, given);
  if (on) {
    for (const replica of replicas) await applyTo(distribution, replica, (text) => withReadOnly(text, true));
    return;
  }
  // A collection that outlived its caller would take what is pushed now for garbage
  const seen = await settled(
    distribution,
    replicas.map((replica) => attempt(replica, waitForCollection(distribution, replica))),
  );
  for (const { error } of seen)
    if (error !== undefined && (afterCollection || error.type === 'RegistryUnhealthy')) throw error;
  const reached = seen.filter(({ error }) => error === undefined).map(({ replica }) => replica);
  await report(distribution, [...seen, ...(await openInTurn(distribution, reached))], replicas.length);
}

/** From one that does not serve nobody pulls: it is started again at once. */
async function openInTurn(distribution: Distribution, replicas: DistributionReplica[]): Promise<Outcome[]> {
  const { signal, patience } = distribution.meter;
  const silent = await Promise.all(replicas.map(async (replica) => await isSilent(distribution, replica)));
  const open = (replica: DistributionReplica): Promise<Attempt> =>
    attempt(
      replica,
      applyTo(distribution, replica, (text) => withReadOnly(text, false)),
    );
  const attempts = replicas.filter((_, at) => silent[at]).map(open);
  for (const replica of replicas.filter((_, at) => !silent[at])) {
    if (signal.aborted) break;
    const opened = open(replica);
    attempts.push(opened);
    const turn = new AbortController();
    await Promise.race([
      opened.finally(() => turn.abort()),
      new Tries(patience.turn).next(turn.signal).catch(() => undefined),
    ]);
  }
  return await settled(distribution, attempts);
}

type Attempt = { replica: DistributionReplica; ended: PromiseSettledResult<void> };

async function attempt(replica: DistributionReplica, work: Promise<void>): Promise<Attempt> {
  const [ended] = await Promise.allSettled([work]);
  return { replica, ended };
}

/** When all have ended; what is no failure of a replica, such as a cancellation, is thrown. */
async function settled({ meter }: Distribution, attempts: Promise<Attempt>[]): Promise<Outcome[]> {
  const all = await Promise.all(attempts);
  meter.signal.throwIfAborted();
  return all.map(({ replica, ended }) => {
    const error: unknown = ended.status === 'rejected' ? ended.reason : undefined;
    if (error !== undefined && !(error instanceof TransshipError)) throw error;
    return { replica, error };
  });
}

/** `RegistryUnhealthy` where it still collects after a while. */
async function waitForCollection({ meter }: Distribution, replica: DistributionReplica): Promise<void> {
  await waitUntil(meter, async () => {
    const running = await collectionAt(replica);
    return running === undefined ? undefined : `${running} to end`;
  });
}

/** Throws for all that failed in one; one that is dead takes no pushes, and counts only where all are. */
async function report(distribution: Distribution, outcomes: Outcome[], replicas: number): Promise<void> {
  const failures: TransshipError[] = [];
  const dead: TransshipError[] = [];
  for (const { replica, error } of outcomes)
    if (error !== undefined) ((await isSilent(distribution, replica)) ? dead : failures).push(error);
  const said = failures.length > 0 ? failures : dead.length === replicas ? dead : [];
  // What may go well another time decides whether it is tried again
  const first = said.find(({ retryable }) => retryable) ?? said[0];
  if (first === undefined) return;
  if (said.length === 1) throw first;
  const message = said.map((error) => error.message).join(' | ');
  throw new TransshipError(first.type, message, first.details, { cause: first });
}

/** One that answers, if only that it does not let us in, may take pushes. */
async function isSilent(distribution: Distribution, { images }: DistributionReplica): Promise<boolean> {
  try {
    return (await problemOf(distribution, images)) !== undefined;
  } catch (error) {
    distribution.meter.signal.throwIfAborted();
    if (error instanceof TransshipError) return false;
    throw error;
  }
}
