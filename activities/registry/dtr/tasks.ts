// Reading the tasks that the registry runs, which its API calls jobs. The two official sources spell the states
// differently (dtr-msr.md §3.3): both are known here and nowhere else.

import type { DtrClient } from './dtr-client.ts';
import { taskShape, tasksShape, type RegistryTask } from './dtr-shapes.ts';

/** Newest tasks of an action that are looked at: one that still runs is among them. */
const NEWEST_TASKS = 100;

const SUCCEEDED = ['done'];
/** Ended for good. */
const FAILED = ['errored', 'error', 'canceled', 'cancel', 'deleted'];
/** The worker that ran it is gone; with retries left a new task goes on in its place. */
const ABANDONED = ['worker_dead', 'worker_shutdown', 'worker_resurrection'];

export type TaskState = 'open' | 'succeeded' | 'failed' | 'abandoned';

export function taskState(status: string): TaskState {
  if (SUCCEEDED.includes(status)) return 'succeeded';
  if (FAILED.includes(status)) return 'failed';
  return ABANDONED.includes(status) ? 'abandoned' : 'open';
}

/** Newest first. */
export async function newestTasks(api: DtrClient, action: string): Promise<RegistryTask[]> {
  const query = new URLSearchParams({ action, limit: String(NEWEST_TASKS) });
  const { jobs } = await api.get(`jobs?${query.toString()}`, tasksShape);
  return (jobs ?? []).filter((task) => task.action === action);
}

export const findTask = async (api: DtrClient, id: string): Promise<RegistryTask> =>
  await api.get(`jobs/${encodeURIComponent(id)}`, taskShape);

/** Tasks of these actions that wait or run. */
export async function openTasks(api: DtrClient, actions: string[]): Promise<RegistryTask[]> {
  const lists = await Promise.all(actions.map(async (action) => await newestTasks(api, action)));
  return lists.flat().filter((task) => taskState(task.status) === 'open');
}
