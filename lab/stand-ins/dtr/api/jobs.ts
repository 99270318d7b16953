// `/jobs`, `/crons`, `/workers` (dtr-msr.md §3.3, §3.4).

import { Hono } from 'hono';
import { deleteCron, getCron, listCrons, putCron } from '../crons.ts';
import type { Cron } from '../crons.ts';
import { fieldsOf } from '../cron-schedule.ts';
import { habitsNow } from '../cluster.ts';
import type { Job, JobForm } from '../jobs.ts';
import type { Replica } from '../replica-context.ts';
import { ApiError, readJson } from './errors.ts';

const DEFAULT_LIMIT = 10;
const HEARTBEAT_MS = 10_000;

export function jobRoutes({ jobs, cluster }: Replica): Hono {
  const routes = new Hono();
  const find = (id: string): Job => {
    const job = jobs.find(id);
    if (job === undefined) throw new ApiError(404, 'NO_SUCH_JOB', 'A job with the given id does not exist.');
    return job;
  };

  routes.post('/jobs', async (context) => {
    const { action, ...form } = await readJson<JobForm>(context);
    if (typeof action !== 'string' || action === '')
      throw new ApiError(400, 'INVALID_JSON', 'The job has no action.');
    return context.json(jobs.submit({ ...form, action }), 202);
  });
  routes.get('/jobs', (context) => {
    const query = (name: string, fallback: string): string => context.req.query(name) ?? fallback;
    return context.json({
      jobs: jobs.list({
        action: query('action', 'any'),
        worker: query('worker', 'any'),
        running: query('running', 'any'),
        start: Number(query('start', '0')),
        limit: Number(query('limit', String(DEFAULT_LIMIT))),
      }),
    });
  });
  routes.get('/jobs/:id', (context) => context.json(find(context.req.param('id'))));
  routes.post('/jobs/:id/cancel', (context) => {
    jobs.cancel(find(context.req.param('id')));
    return context.body(null, 204);
  });
  routes.delete('/jobs/:id', (context) => {
    const job = find(context.req.param('id'));
    jobs.cancel(job);
    jobs.remove(job.id);
    return context.body(null, 204);
  });
  routes.get('/jobs/:id/logs', (context) => {
    const { id } = find(context.req.param('id'));
    return context.json(
      jobs.logs(id, Number(context.req.query('offset') ?? 0), Number(context.req.query('limit') ?? 0)),
    );
  });
  routes.get('/workers', async (context) => {
    const health = await cluster.health();
    const workers = cluster.members().map(({ id, at }) => ({
      id,
      status: health[id] === 'OK' ? 'running' : 'dead',
      capacityMap: { scan: 1, scanCheck: 1 },
      heartbeatExpiration: new Date(Date.parse(at) + HEARTBEAT_MS).toISOString(),
    }));
    return context.json({ workers });
  });
  return routes;
}

export function cronRoutes(replica: Replica): Hono {
  const { store } = replica;
  const routes = new Hono();
  routes.get('/crons', (context) => context.json({ crons: listCrons(store) }));
  routes.post('/crons', async (context) => {
    const { action, schedule, ...form } = await readJson<Cron>(context);
    if (typeof action !== 'string' || typeof schedule !== 'string')
      throw new ApiError(400, 'INVALID_JSON', 'A cron needs an action and a schedule.');
    try {
      const written = habitsNow(replica).rewritesSchedules ? fieldsOf(schedule) : schedule;
      return context.json(putCron(store, { ...form, action, schedule: written }), 202);
    } catch (error) {
      throw new ApiError(400, 'INVALID_PARAMETERS', String(error));
    }
  });
  routes.get('/crons/:action', (context) => {
    const cron = getCron(store, context.req.param('action'));
    if (cron === undefined) throw new ApiError(404, 'NO_SUCH_CRON', 'No cron has that action.');
    return context.json(cron);
  });
  routes.delete('/crons/:action', (context) => {
    if (!deleteCron(store, context.req.param('action')))
      throw new ApiError(404, 'NO_SUCH_CRON', 'No cron has that action.');
    return context.body(null, 204);
  });
  return routes;
}
