// Reading the registry's jobs. The two official sources spell the states differently (dtr-msr.md §3.3): both are known
// here and nowhere else.

import type { DtrClient } from './dtr-client.ts';
import { jobShape, jobsShape, type RegistryJob } from './dtr-shapes.ts';

/** Newest jobs of an action that are looked at: one that still runs is among them. */
const NEWEST_JOBS = 100;

const SUCCEEDED = ['done'];
/** Ended for good. */
const FAILED = ['errored', 'error', 'canceled', 'cancel', 'deleted'];
/** The worker that ran it is gone; with retries left a new job goes on in its place. */
const ABANDONED = ['worker_dead', 'worker_shutdown', 'worker_resurrection'];

export type JobState = 'open' | 'succeeded' | 'failed' | 'abandoned';

export function jobState(status: string): JobState {
  if (SUCCEEDED.includes(status)) return 'succeeded';
  if (FAILED.includes(status)) return 'failed';
  return ABANDONED.includes(status) ? 'abandoned' : 'open';
}

/** Newest first. */
export async function newestJobs(api: DtrClient, action: string): Promise<RegistryJob[]> {
  const query = new URLSearchParams({ action, limit: String(NEWEST_JOBS) });
  const { jobs } = await api.get(`jobs?${query.toString()}`, jobsShape);
  return (jobs ?? []).filter((job) => job.action === action);
}

export const findJob = async (api: DtrClient, id: string): Promise<RegistryJob> =>
  await api.get(`jobs/${encodeURIComponent(id)}`, jobShape);

/** Jobs of these actions that wait or run. */
export async function openJobs(api: DtrClient, actions: string[]): Promise<RegistryJob[]> {
  const lists = await Promise.all(actions.map(async (action) => await newestJobs(api, action)));
  return lists.flat().filter((job) => jobState(job.status) === 'open');
}
