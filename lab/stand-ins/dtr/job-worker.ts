// The worker of one replica: claims jobs and runs them one after the other, files the jobs of crons that are due, and
// ends the jobs of workers that are no more.

import { setTimeout as sleep } from 'node:timers/promises';
import { takeDueCrons } from './crons.ts';
import type { Job, Jobs } from './jobs.ts';
import type { Replica } from './replica-context.ts';
import { timingsOf } from './timings.ts';

const POLL_INTERVAL_MS = 100;

/** Does the work of an action; throws when it fails. `log` writes a line of the job's log. */
export type Action = (job: Job, log: (line: string) => void, signal: AbortSignal) => Promise<void>;

export async function work(
  { jobs, store, cluster, config, record }: Replica,
  actions: Record<string, Action>,
  signal: AbortSignal,
): Promise<void> {
  // What this replica ran before it was killed, it does not run any more.
  jobs.abandon(record.id);
  while (!signal.aborted) {
    await sleep(POLL_INTERVAL_MS);
    if (!(await cluster.hasQuorum())) continue;
    for (const cron of takeDueCrons(store)) jobs.submit(cron);
    for (const [id, health] of Object.entries(await cluster.health()))
      if (health.startsWith('Replica reported')) jobs.abandon(id);
    if (!jobs.hasWaiting()) continue;
    await sleep(Math.random() * timingsOf(config).jobClaimMs);
    const job = jobs.claim(record.id);
    if (job !== undefined) await runJob(jobs, job, actions[job.action]);
  }
}

async function runJob(jobs: Jobs, job: Job, action: Action | undefined): Promise<void> {
  let line = 0;
  const log = (data: string): void => {
    line += 1;
    jobs.log(job.id, line, data);
  };
  const canceller = new AbortController();
  const watch = setInterval(() => {
    if (jobs.mustStop(job.id)) canceller.abort();
  }, POLL_INTERVAL_MS);
  try {
    log(`starting ${job.action}`);
    if (action === undefined) throw new Error(`unknown action ${job.action}`);
    await action(job, log, canceller.signal);
    log(`finished ${job.action}`);
    jobs.finish(job.id, 'done');
  } catch (error) {
    log(`${job.action} did not finish: ${String(error)}`);
    jobs.finish(job.id, canceller.signal.aborted ? 'canceled' : 'errored');
  } finally {
    clearInterval(watch);
  }
}
