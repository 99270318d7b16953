// DTR's crons (dtr-msr.md §3.4): one for each action, kept in the cluster's store and therefore in backups.

import { nextRun } from './cron-schedule.ts';
import type { Store } from './store.ts';

export type Cron = {
  id: string;
  action: string;
  schedule: string;
  retries: number;
  capacityMap: Record<string, number> | null;
  parameters: Record<string, string> | null;
  deadline: string;
  stopTimeout: string;
  nextRun: string;
};

export const listCrons = (store: Store): Cron[] => store.documents<Cron>('crons');

export const getCron = (store: Store, action: string): Cron | undefined =>
  store.document('crons', action) as Cron | undefined;

/** Creates or replaces the cron of the action. Throws a sentence for a schedule that is none. */
export function putCron(store: Store, form: Partial<Cron> & { action: string; schedule: string }): Cron {
  const cron: Cron = {
    id: getCron(store, form.action)?.id ?? crypto.randomUUID(),
    action: form.action,
    schedule: form.schedule,
    retries: form.retries ?? 0,
    capacityMap: form.capacityMap ?? null,
    parameters: form.parameters ?? null,
    deadline: form.deadline ?? '',
    stopTimeout: form.stopTimeout ?? '',
    nextRun: nextRun(form.schedule, new Date()).toISOString(),
  };
  store.putDocument('crons', cron.action, cron);
  return cron;
}

export const deleteCron = (store: Store, action: string): boolean => store.deleteDocument('crons', action);

/** The crons that are due, each given to one replica only; their next run is set. */
export function takeDueCrons(store: Store): Cron[] {
  const now = new Date();
  const due = (): Cron[] => listCrons(store).filter((cron) => Date.parse(cron.nextRun) <= now.getTime());
  if (due().length === 0) return [];
  return store.transaction(() => {
    const taken = due();
    for (const cron of taken)
      store.putDocument('crons', cron.action, {
        ...cron,
        nextRun: nextRun(cron.schedule, now).toISOString(),
      });
    return taken;
  });
}
