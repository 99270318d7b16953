// `/meta/…` and `/admin/version`: settings, features, the cluster's status (dtr-msr.md §3.5, §6).

import { Hono } from 'hono';
import { gcLockHolder } from '../garbage-collection.ts';
import { habitsNow } from '../cluster.ts';
import type { Replica } from '../replica-context.ts';
import { DEFAULT_SETTINGS, readSettings, readStorage, writeSettings } from '../settings.ts';
import type { Settings } from '../settings.ts';
import { ApiError, readJson } from './errors.ts';

const HTTP_PORT = 80;
const REQL_PORT = 28015;
const HOUR_MS = 3_600_000;
const CLUSTER_PORT = 29015;

export function metaRoutes(replica: Replica): Hono {
  const { store, cluster, config, version } = replica;
  const routes = new Hono();

  routes.get('/admin/version', (context) => context.json({ version: config.version }));
  routes.get('/meta/settings', (context) => {
    const settings = Object.fromEntries(
      Object.entries(readSettings(store)).filter(([name]) => !version.withoutSettings.includes(name)),
    );
    const storage = readStorage(store);
    const replicaSettings = Object.fromEntries(
      cluster
        .members()
        .map(({ id, node, https_port }) => [id, { HTTPPort: HTTP_PORT, HTTPSPort: https_port, node }]),
    );
    return context.json({
      ...settings,
      replicaID: replica.record.id,
      replicaSettings,
      storageVolume: storage.driver === 'filesystem' ? storage.volume : '',
      nfsHost: storage.driver === 'filesystem' ? storage.nfsHost : '',
      nfsPath: storage.driver === 'filesystem' ? storage.nfsPath : '',
    });
  });
  routes.post('/meta/settings', async (context) => {
    const changes = await readJson<Settings>(context);
    for (const [name, value] of Object.entries(changes)) {
      const isKnown = name in DEFAULT_SETTINGS && !version.withoutSettings.includes(name);
      if (isKnown && typeof value !== typeof DEFAULT_SETTINGS[name])
        throw new ApiError(400, 'INVALID_SETTINGS', `The setting ${name} has the wrong type.`);
      if (!isKnown) delete changes[name];
    }
    writeSettings(store, changes);
    return context.body(null, 202);
  });
  routes.get('/meta/features', (context) =>
    context.json({
      db_version: version.databaseVersion,
      metadataStoreOptedIn: version.mode === 'online',
      onlineGCEnabled: version.mode === 'online',
      mirroringLicensed: true,
      promotionLicensed: true,
      scanningEnabled: false,
      scanningLicensed: false,
      ucpHost: config.ucpUrl.replace(/^https?:\/\//, ''),
    }),
  );
  routes.get('/meta/alerts', async (context) => {
    if (!version.hasAlerts) return context.notFound();
    const unhealthy = Object.entries(await cluster.health()).filter(([, health]) => health !== 'OK');
    return context.json(
      unhealthy.map(([id, health]) => ({
        class: 'warning',
        id: `unhealthy-${id}`,
        message: `Warning: The following replicas are unhealthy: ${id}; Reasons: ${health}`,
      })),
    );
  });
  routes.get('/meta/cluster_status', async (context) => context.json(await clusterStatus(replica)));
  return routes;
}

const serverName = (id: string): string => `dtr_rethinkdb_${id}`;

async function clusterStatus(replica: Replica): Promise<unknown> {
  const { store, cluster } = replica;
  const health = await cluster.health();
  const members = cluster.members();
  const lost = members.filter(
    ({ id }) => health[id]?.startsWith('Replica reported health too long ago') === true,
  );
  const present = members.filter((member) => !lost.includes(member));
  return {
    rethink_system_tables: {
      cluster_config: [{ heartbeat_timeout_secs: 10, id: 'heartbeat' }],
      current_issues:
        lost.length === 0
          ? []
          : [
              {
                critical: false,
                description: `Some replicas are not ready. The following servers are not reachable: ${lost.map(({ id }) => serverName(id)).join(', ')}`,
              },
            ],
      db_config: ['notaryserver', 'dtr2', 'jobrunner', 'notarysigner'].map((name) => ({ id: name, name })),
      server_status: present.map(({ id, at }) => ({
        id,
        name: serverName(id),
        network: {
          canonical_addresses: [{ host: `dtr-rethinkdb-${id}.dtr-ol`, port: CLUSTER_PORT }],
          cluster_port: CLUSTER_PORT,
          connected_to: Object.fromEntries(
            present.filter((other) => other.id !== id).map((other) => [serverName(other.id), true]),
          ),
          http_admin_port: '<no http admin>',
          reql_port: REQL_PORT,
          time_connected: at,
        },
      })),
    },
    replica_health: health,
    replica_timestamp: Object.fromEntries(
      members.map(({ id, at }) => [id, habitsNow(replica).healthIsOld ? anHourBefore(at) : at]),
    ),
    ...(habitsNow(replica).tellsReadOnly
      ? { replica_readonly: Object.fromEntries(members.map(({ id, read_only }) => [id, read_only === 1])) }
      : {}),
    gc_lock_holder: gcLockHolder(store),
  };
}

const anHourBefore = (at: string): string => new Date(Date.parse(at) - HOUR_MS).toISOString();
