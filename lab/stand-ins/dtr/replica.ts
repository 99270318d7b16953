// One replica of the stand-in DTR: the process behind all containers of a replica but its Distribution, which it runs.
// Started by the bootstrapper as `replica.ts <replica id>` with LAB_DTR_DIR.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { buildApp } from './api/app.ts';
import { describeStorage, openBlobService } from './blob-service.ts';
import { openClusterView } from './cluster-view.ts';
import { listReplicaRecords, metadataFile, readConfig, readSecret } from './cluster.ts';
import type { ReplicaRecord } from './cluster.ts';
import { stopEveryDistribution } from './distribution.ts';
import { standInActions } from './actions.ts';
import { work } from './job-worker.ts';
import { habitsNow } from './cluster.ts';
import { openJobs } from './jobs.ts';
import { handleRegistry } from './registry-api.ts';
import { sendError } from './registry-errors.ts';
import type { Replica } from './replica-context.ts';
import { readClusterSecret, readSettings, readStorage, readTlsKey } from './settings.ts';
import { openStore } from './store.ts';
import { timingsOf } from './timings.ts';
import { versionRow } from './versions.ts';

const SETTINGS_POLL_INTERVAL_MS = 50;
const HEALTH_INTERVAL_MS = 1_000;
const KEEP_ALIVE_MS = 60_000;

async function main(id: string, dtrDir: string): Promise<void> {
  const record = (await listReplicaRecords(dtrDir)).find((record) => record.id === id);
  if (record === undefined) throw new Error(`no replica ${id} is installed in ${dtrDir}`);
  const replica = openReplica(dtrDir, record);
  await stopEveryDistribution(replica.config, id);
  await applySettings(replica);
  report(replica);

  const own = readSettings(replica.store).webTLSCert;
  const server = createServer({
    cert: own || readFileSync(replica.config.certFile),
    key: readTlsKey(replica.store) || readFileSync(replica.config.keyFile),
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const api = getRequestListener(buildApp(replica).fetch);
  server.on('request', (request, response) => void answer(replica, request, response, api));
  await new Promise<void>((resolve) => server.listen(record.httpsPort, record.address, resolve));

  const end = new AbortController();
  process.once('SIGTERM', () => end.abort());
  void work(replica, standInActions(replica), end.signal);
  const timer = setInterval(() => report(replica), HEALTH_INTERVAL_MS);
  await followSettings(replica, end.signal);
  clearInterval(timer);
  server.close();
  server.closeAllConnections();
  await replica.blobs.stop();
  replica.store.close();
  process.exit(0);
}

function openReplica(dtrDir: string, record: ReplicaRecord): Replica {
  const config = readConfig(dtrDir);
  const store = openStore(metadataFile(dtrDir));
  const secret = readClusterSecret(store);
  return {
    config,
    dtrDir,
    record,
    version: versionRow(record.version, config.mode),
    store,
    blobs: openBlobService(config, record, secret),
    cluster: openClusterView(config, store),
    jobs: openJobs(config, store),
    password: readSecret(config.adminPasswordFile),
    secret,
  };
}

async function answer(
  replica: Replica,
  request: IncomingMessage,
  response: ServerResponse,
  api: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<void> {
  try {
    if (habitsNow(replica).busy) return sendBusyPage(response);
    if (request.url?.startsWith('/v2') !== true) return await api(request, response);
    if (!(await replica.cluster.hasQuorum()))
      return sendError(response, 500, 'UNKNOWN', 'internal server error');
    await handleRegistry(replica, request, response);
  } catch (error) {
    process.stderr.write(`${request.method} ${request.url}: ${String(error)}\n`);
    if (response.headersSent) response.destroy();
    else sendError(response, 500, 'UNKNOWN', 'internal server error');
  }
}

/** As nginx answers for a server that it cannot reach: words for people, and not of the API. */
function sendBusyPage(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'text/html' });
  response.end('<html><head><title>503 Service Temporarily Unavailable</title></head></html>\n');
}

/** Takes over changed settings, as each replica does in its own time, until `signal`. */
async function followSettings(replica: Replica, signal: AbortSignal): Promise<void> {
  const { settingsDelayMs } = timingsOf(replica.config);
  while (!signal.aborted) {
    await sleep(SETTINGS_POLL_INTERVAL_MS);
    if (!isBehind(replica)) continue;
    await sleep(Math.random() * settingsDelayMs);
    try {
      await applySettings(replica);
      report(replica);
    } catch (error) {
      process.stderr.write(`the settings were not taken over: ${String(error)}\n`);
      report(replica);
    }
  }
}

function isBehind({ store, blobs }: Replica): boolean {
  const applied = blobs.applied();
  return (
    applied.storage !== describeStorage(readStorage(store)) ||
    applied.readOnly !== readSettings(store).readOnlyRegistry
  );
}

const applySettings = ({ store, blobs }: Replica): Promise<void> =>
  blobs.apply({ storage: readStorage(store), readOnly: readSettings(store).readOnlyRegistry });

/** Writes this replica's row of the cluster's status; a replica that was removed from the cluster writes none. */
function report({ store, record, blobs }: Replica): void {
  const { storage, readOnly } = blobs.applied();
  const isSwitching = storage !== describeStorage(readStorage(store));
  store.run(
    'UPDATE replicas SET health = ?, read_only = ?, storage = ?, at = ? WHERE id = ?',
    blobs.problem() || (isSwitching ? 'registry: the storage is being switched' : 'OK'),
    readOnly ? 1 : 0,
    storage,
    new Date().toISOString(),
    record.id,
  );
}

await main(process.argv[2] ?? '', process.env['LAB_DTR_DIR'] ?? '');
