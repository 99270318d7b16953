// `/admin/settings/registry`: the storage (dtr-msr.md §3.6). What a change of it does to tags is a matter of the version: they are
// gone, unless `keep_metadata` is known and there, or are rebuilt from the files in the new storage.

import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { openBlobStorage } from '../blob-storage.ts';
import { habitsNow } from '../cluster.ts';
import type { Habits } from '../habits.ts';
import { eraseImages } from '../images.ts';
import type { Replica } from '../replica-context.ts';
import {
  CLOUD_DRIVERS,
  LOCAL_STORAGE,
  isOtherStorage,
  readStorage,
  writeSettings,
  writeStorage,
} from '../settings.ts';
import type { StorageTarget } from '../settings.ts';
import { ApiError, readJson } from './errors.ts';

const SECRETS = ['accesskey', 'secretkey', 'accountkey', 'keyfile', 'credentials', 'password', 'trustid'];
/** Keys of the section that are no driver. */
const COMMON = ['delete', 'maintenance', 'redirect', 'cache'];
const MASK = '********';
const APPLY_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 50;

type Body = { storage: Record<string, Record<string, unknown>>; keep_metadata: boolean };

export function registrySettingsRoutes(replica: Replica): Hono {
  const routes = new Hono();
  routes.get('/admin/settings/registry', (context) =>
    context.json(describe(readStorage(replica.store), habitsNow(replica))),
  );
  routes.put('/admin/settings/registry', (context) => change(replica, context));
  routes.put('/admin/settings/registry/simple', (context) => change(replica, context));
  return routes;
}

function describe(target: StorageTarget, { masksSecrets, spellsOtherwise }: Habits): unknown {
  if (target.driver === 'filesystem')
    return { storage: { ...target.options, filesystem: { rootdirectory: '/storage' } } };
  const parameters = Object.fromEntries(
    Object.entries(target.parameters).map(([name, value]) => [
      name,
      masksSecrets && SECRETS.includes(name) && value !== ''
        ? MASK
        : spellsOtherwise
          ? inOtherWords(name, value)
          : value,
    ]),
  );
  return { storage: { ...target.options, [target.driver]: parameters } };
}

function inOtherWords(name: string, value: unknown): unknown {
  if (name === 'bucket' || name === 'container') return MASK;
  return typeof value === 'string' ? value.replace(/^https?:\/\//, '') : value;
}

async function change(replica: Replica, context: Context): Promise<Response> {
  const { store, config, record, version, cluster, jobs } = replica;
  const body = await readJson<Body>(context);
  const before = readStorage(store);
  const target = targetOf(body.storage, before);
  await openBlobStorage(config, record, target)
    .then((storage) => storage.probe())
    .catch((error: unknown) => {
      throw new ApiError(400, 'INVALID_SETTINGS', `The storage cannot be used: ${String(error)}`);
    });

  const erases = {
    rebuilds: true,
    erases: true,
    'erases-unless-keep-metadata': body.keep_metadata !== true,
    keeps: false,
  }[version.settings];
  const forgets = erases && isOtherStorage(before, target);
  store.transaction(() => {
    if (forgets) eraseImages(store);
    writeStorage(store, target);
    const readOnly = (body.storage?.['maintenance']?.['readonly'] as { enabled?: boolean } | undefined)
      ?.enabled;
    if (readOnly !== undefined && !version.withoutSettings.includes('readOnlyRegistry'))
      writeSettings(store, { readOnlyRegistry: readOnly });
  });
  const deadline = Date.now() + APPLY_TIMEOUT_MS;
  while (!(await cluster.hasSettled())) {
    if (Date.now() > deadline)
      throw new ApiError(500, 'INTERNAL_ERROR', 'not every replica took the settings over');
    await sleep(POLL_INTERVAL_MS);
  }
  if (forgets && version.settings === 'rebuilds') jobs.submit({ action: 'tagmigration' });
  return context.body(null, 202);
}

function targetOf(storage: Body['storage'] | undefined, before: StorageTarget): StorageTarget {
  if (typeof storage !== 'object' || storage === null)
    throw new ApiError(400, 'INVALID_SETTINGS', 'The settings have no storage.');
  const [driver, ...others] = Object.keys(storage).filter((key) => !COMMON.includes(key));
  if (driver === undefined || others.length > 0)
    throw new ApiError(
      400,
      'INVALID_SETTINGS',
      `One driver is needed, not ${driver === undefined ? 0 : others.length + 1}.`,
    );
  const { delete: deletion, redirect } = storage;
  const options = { delete: deletion ?? { enabled: true }, ...(redirect === undefined ? {} : { redirect }) };
  if (driver === 'filesystem')
    return before.driver === 'filesystem' ? { ...before, options } : { ...LOCAL_STORAGE, options };
  const cloud = CLOUD_DRIVERS.find((name) => name === driver);
  if (cloud === undefined)
    throw new ApiError(400, 'INVALID_SETTINGS', `The lab has no storage of the driver ${driver}.`);
  return { driver: cloud, parameters: storage[driver] ?? {}, options };
}
