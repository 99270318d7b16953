// DTR's job queue (dtr-msr.md §3.3). It is in the cluster's store but not in backups. A job is claimed by exactly one
// replica's worker (job-worker.ts).

import type { StandInConfig } from './cluster.ts';
import type { Store } from './store.ts';
import { versionRow } from './versions.ts';

export type Job = {
  id: string;
  retryFromID: string;
  workerID: string;
  status: string;
  scheduledAt: string;
  lastUpdated: string;
  action: string;
  retriesLeft: number;
  retriesTotal: number;
  capacityMap: Record<string, number> | null;
  parameters: Record<string, string> | null;
  deadline: string;
  stopTimeout: string;
};

/** What a client posts; the documents' own examples give the action alone. */
export type JobForm = Partial<
  Pick<Job, 'capacityMap' | 'deadline' | 'parameters' | 'scheduledAt' | 'stopTimeout'>
> & {
  action: string;
  retries?: number;
};

export type JobFilter = { action: string; worker: string; running: string; start: number; limit: number };

const SPELLINGS = {
  swagger: { errored: 'errored', cancelRequested: 'running', canceled: 'canceled', abandoned: 'errored' },
  queue: {
    errored: 'error',
    cancelRequested: 'cancel_request',
    canceled: 'cancel',
    abandoned: 'worker_dead',
  },
} as const;
const LIVE = new Set(['waiting', 'running', 'cancel_request']);
/** Line of the log that no client sees; it tells the worker to stop. */
const CANCEL_LINE = -1;

export const isLive = (job: Job): boolean => LIVE.has(job.status);

export type Jobs = ReturnType<typeof openJobs>;

export function openJobs(config: StandInConfig, store: Store) {
  const spelling = SPELLINGS[config.jobStatuses ?? versionRow(config.version, config.mode).jobStatuses];
  const find = (id: string): Job | undefined => {
    const row = store.get('SELECT body FROM jobs WHERE id = ?', id) as { body: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.body) as Job);
  };
  const save = (job: Job): void => {
    store.run(
      'INSERT OR REPLACE INTO jobs (id, action, status, worker, scheduled_at, body) VALUES (?, ?, ?, ?, ?, ?)',
      job.id,
      job.action,
      job.status,
      job.workerID,
      job.scheduledAt,
      JSON.stringify({ ...job, lastUpdated: new Date().toISOString() }),
    );
  };
  const submit = (form: JobForm, retryOf?: Job): Job => {
    const now = new Date().toISOString();
    const id = crypto.randomUUID();
    const job: Job = {
      id,
      retryFromID: retryOf?.id ?? id,
      workerID: '',
      status: 'waiting',
      scheduledAt: form.scheduledAt || now,
      lastUpdated: now,
      action: form.action,
      retriesLeft: retryOf === undefined ? (form.retries ?? 0) : retryOf.retriesLeft - 1,
      retriesTotal: form.retries ?? 0,
      capacityMap: form.capacityMap ?? null,
      parameters: form.parameters ?? null,
      deadline: form.deadline ?? '',
      stopTimeout: form.stopTimeout ?? '',
    };
    save(job);
    return job;
  };
  const fail = (job: Job, status: string): void => {
    save({ ...job, status });
    if (job.retriesLeft > 0) submit({ ...job, scheduledAt: '', retries: job.retriesTotal }, job);
  };

  return {
    find,
    submit: (form: JobForm): Job => submit(form),
    /** Newest first. */
    list: ({ action, worker, running, start, limit }: JobFilter): Job[] =>
      store
        .all<{ body: string }>('SELECT body FROM jobs ORDER BY scheduled_at DESC, rowid DESC')
        .map((row) => JSON.parse(row.body) as Job)
        .filter((job) => action === 'any' || job.action === action)
        .filter((job) => worker === 'any' || job.workerID === worker)
        .filter((job) => running === 'any' || String(job.status === 'running') === running)
        .slice(start, start + limit),
    logs: (id: string, offset: number, limit: number): { data: string; lineNum: number }[] =>
      store.all(
        'SELECT data, line AS lineNum FROM job_logs WHERE job = ? AND line > ? ORDER BY line LIMIT ?',
        id,
        offset,
        limit === 0 ? -1 : limit,
      ),
    log: (id: string, line: number, data: string): void => {
      store.run('INSERT OR IGNORE INTO job_logs VALUES (?, ?, ?)', id, line, data);
    },
    cancel: (job: Job): void => {
      if (!isLive(job)) return;
      if (job.status === 'waiting') return save({ ...job, status: spelling.canceled });
      save({ ...job, status: spelling.cancelRequested });
      store.run('INSERT OR IGNORE INTO job_logs VALUES (?, ?, ?)', job.id, CANCEL_LINE, '');
    },
    remove: (id: string): void => {
      store.run('DELETE FROM jobs WHERE id = ?', id);
      store.run('DELETE FROM job_logs WHERE job = ?', id);
    },
    hasWaiting: (): boolean => store.get("SELECT 1 FROM jobs WHERE status = 'waiting'") !== undefined,
    /** The job that is due longest, now this worker's. */
    claim: (worker: string): Job | undefined =>
      store.transaction(() => {
        const row = store.get(
          "SELECT id FROM jobs WHERE status = 'waiting' AND scheduled_at <= ? ORDER BY scheduled_at LIMIT 1",
          new Date().toISOString(),
        ) as { id: string } | undefined;
        const job = row === undefined ? undefined : find(row.id);
        if (job !== undefined) save({ ...job, workerID: worker, status: 'running' });
        return job;
      }),
    mustStop: (id: string): boolean =>
      store.get('SELECT 1 FROM job_logs WHERE job = ? AND line = ?', id, CANCEL_LINE) !== undefined ||
      find(id) === undefined,
    /** Writes down how a job ended, unless it was deleted meanwhile; a failed one is tried again while retries are left. */
    finish: (id: string, outcome: 'done' | 'errored' | 'canceled'): void => {
      const job = find(id);
      if (job === undefined) return;
      if (outcome === 'errored') fail(job, spelling.errored);
      else save({ ...job, status: outcome === 'done' ? 'done' : spelling.canceled });
    },
    /** Ends the jobs of a worker that is no more. */
    abandon: (worker: string): void => {
      const rows = store.all<{ body: string }>(
        "SELECT body FROM jobs WHERE worker = ? AND status IN ('running', 'cancel_request')",
        worker,
      );
      for (const row of rows) fail(JSON.parse(row.body) as Job, spelling.abandoned);
    },
  };
}
