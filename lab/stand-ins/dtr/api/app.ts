// DTR's HTTP API and the paths without login around it (dtr-msr.md §3). Without a majority of replicas every call of the
// API fails alike.

import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Replica } from '../replica-context.ts';
import { basicAccount, issueToken } from '../token-auth.ts';
import { cronRoutes, jobRoutes } from './jobs.ts';
import { metaRoutes } from './meta.ts';
import { pingAnswer } from './ping.ts';
import { registrySettingsRoutes } from './registry-settings.ts';
import { repositoryRoutes } from './repositories.ts';
import { ApiError, errorBody } from './errors.ts';

export function buildApp(replica: Replica): Hono {
  const app = new Hono();
  app.get('/_ping', async (context) => {
    const answer = await pingAnswer(replica);
    return context.json(answer, answer.Healthy ? 200 : 503);
  });
  app.get('/ca', (context) => context.text(readFileSync(replica.config.caFile, 'utf8')));
  app.get('/nginx_status', (context) => context.text('Active connections: 1 \n'));
  app.on(['GET', 'POST'], '/auth/token', async (context) => {
    const account = basicAccount(replica, context.req.header('authorization'));
    if (account === undefined)
      return context.json(errorBody('UNAUTHORIZED', 'authentication required'), 401, {
        'WWW-Authenticate': 'Basic realm="dtr"',
      });
    const scopes = (context.req.queries('scope') ?? []).flatMap((scope) => scope.split(' '));
    return context.json(issueToken(replica, account, scopes));
  });
  app.get('/api/v0/docs.json', (context) =>
    context.json({
      swagger: '2.0',
      basePath: '/api/v0',
      info: { title: 'DTR', version: replica.config.version },
      paths: {},
    }),
  );

  app.use('/api/v0/*', async (context, next) => {
    if (!(await replica.cluster.hasQuorum()))
      throw new ApiError(500, 'INTERNAL_ERROR', 'internal server error');
    if (basicAccount(replica, context.req.header('authorization')) === undefined)
      throw new ApiError(401, 'NOT_AUTHENTICATED', 'The client is not authenticated.');
    await next();
  });
  app.route('/api/v0', jobRoutes(replica));
  app.route('/api/v0', cronRoutes(replica));
  app.route('/api/v0', metaRoutes(replica));
  app.route('/api/v0', registrySettingsRoutes(replica));
  app.route('/api/v0', repositoryRoutes(replica));

  app.notFound((context) =>
    context.json(errorBody('NOT_FOUND', 'the stand-in does not know this path'), 404),
  );
  app.onError((error, context) => {
    if (error instanceof ApiError) return context.json(errorBody(error.code, error.message), error.status);
    if (error instanceof HTTPException) return error.getResponse();
    process.stderr.write(`${context.req.method} ${context.req.path}: ${String(error.stack)}\n`);
    return context.json(errorBody('INTERNAL_ERROR', 'internal server error'), 500);
  });
  return app;
}
