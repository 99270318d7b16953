// A small real registry for the tests of the registry's activities: a few replicas of the stand-in DTR over one folder,
// an S3 server to move to, and an environment as the worker builds it.

import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { Agent, fetch } from 'undici';
import type { Patience } from '../../activities/concurrency/patience.ts';
import { type Meter, withHeartbeat } from '../../activities/concurrency/heartbeat.ts';
import type { ControlPlane } from '../../activities/registry/control-plane.ts';
import { openAccess } from '../../activities/registry/access.ts';
import { type Dtr, dtrOf } from '../../activities/registry/dtr/dtr.ts';
import { openRegistry } from '../../activities/registry/open-registry.ts';
import { createRebuildActivities } from '../../activities/registry/rebuild-activities.ts';
import { createRegistryActivities } from '../../activities/registry/registry-activities.ts';
import type { Environment } from '../../activities/environment.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { Inventory, DtrRegistryEntry, S3StorageEntry, StorageEntry } from '../../contracts/inventory.ts';
import { freePort } from '../../lab/free-port.ts';
import { DtrApi } from '../../lab/content/dtr-api.ts';
import { RegistryClient } from '../../lab/content/registry-client.ts';
import {
  configFile,
  metadataFile,
  replicaProcess,
  type StandInConfig,
} from '../../lab/stand-ins/dtr/cluster.ts';
import { changeHabits } from '../../lab/stand-ins/dtr/cluster.ts';
import type { Habits } from '../../lab/stand-ins/dtr/habits.ts';
import { deployReplica, stopReplica } from '../../lab/stand-ins/dtr/replica-lifecycle.ts';
import {
  createClusterSecret,
  DEFAULT_OPTIONS,
  writeSettings,
  writeStorage,
} from '../../lab/stand-ins/dtr/settings.ts';
import { openStore, type Store } from '../../lab/stand-ins/dtr/store.ts';
import { killProcess } from '../../lab/process.ts';
import { makeCertificates } from '../../lab/servers/certificates.ts';
import { startS3, type S3Server } from '../../lab/servers/s3.ts';
import { startSshHosts } from '../../lab/servers/ssh-hosts.ts';
import { writeDockerCommand } from '../../lab/stand-ins/dtr/docker-command.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { DEFAULT_COPYING } from '../copying/copying-policy.ts';
import { openTestHost, stopAll } from '../conformance/servers.ts';
import type { Activities, Run } from '../registries/opened.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { repositoriesOn } from '../support/repositories.ts';

const ALL_REPLICAS = ['000000000001', '000000000002', '000000000003'];
/** As many as most tests have. */
export const REPLICAS = ALL_REPLICAS.slice(0, 2);
export const CANARY = 'admin/canary';
export const BUCKET = 'images';
export const ROOT_DIRECTORY = 'dtr';
const NODES = ['node-1', 'node-2', 'node-3'] as const;

export type RegistryRig = {
  environment: Environment;
  journal: Storage;
  /** The registry as its users reach it. */
  client: RegistryClient;
  dtr: DtrApi;
  /** The stand-in's metadata, to arrange what no API can. */
  store: Store;
  s3: S3Server;
  /** The folder that both replicas keep their blobs in. */
  images: string;
  /** Of the stand-in. */
  dir: string;
  password: string;
  run: Run;
  /** The registry, opened as an activity opens it. */
  onRegistry: <T>(work: (registry: ControlPlane) => Promise<T>) => Promise<T>;
  /** The registry behind its control plane, for what no activity asks for. */
  onDtr<T>(work: (dtr: Dtr) => Promise<T>): Promise<T>;
  /** PEM of the authority that signed the replicas' certificates. */
  ca: string;
  copyImagesToS3: () => Promise<void>;
  /** What the stand-in does otherwise than usual, from now on. */
  changeHabits(changes: Partial<Habits>): Promise<void>;
  /** Ends one replica as its machine's death would: nobody is told. */
  killReplica(id: string): Promise<void>;
  /** The product's API without any of our own client; undefined for an answer without a body. */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
  stop: () => Promise<void>;
};

type RigOptions = {
  /** Of the administrator; default: a random one. */
  password?: string;
  /** The host that runs it can be reached. */
  bootstrapper?: boolean;
  /** Without a third one a majority dies with one. Default: 2. */
  replicas?: 1 | 2 | 3;
  /** Default: a hundredth of the usual one. */
  patience?: Patience;
  standIn?: Partial<StandInConfig>;
};

export async function startRegistryRig({
  password = randomBytes(12).toString('hex'),
  bootstrapper = false,
  replicas = 2,
  patience = IMPATIENT,
  standIn = {},
}: RigOptions = {}): Promise<RegistryRig> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-registry-'));
  const dtrDir = join(dir, 'dtr');
  const images = join(dir, 'images');
  for (const folder of [dtrDir, images, join(dir, 'journal')]) await mkdir(folder, { recursive: true });
  await writeFile(join(dir, 'password'), password);
  await writeFile(join(dir, 'backup-passphrase'), randomBytes(12).toString('hex'));
  const certificates = await makeCertificates(dir, ['127.0.0.1']);
  const ids = ALL_REPLICAS.slice(0, replicas);
  const ports = await Promise.all(ids.map(() => freePort()));
  const urls = ports.map((port) => `https://127.0.0.1:${port}`);
  const config: StandInConfig = {
    version: '2.7.9',
    image: 'docker/dtr',
    caFile: certificates.ca,
    certFile: certificates.certificate,
    keyFile: certificates.key,
    adminUser: 'admin',
    adminPasswordFile: join(dir, 'password'),
    ucpUrl: 'https://ucp.test',
    ucpUser: 'admin',
    ucpPasswordFile: join(dir, 'password'),
    externalUrl: urls[0]!,
    nodes: ports.map((httpsPort, at) => ({ name: NODES[at]!, address: '127.0.0.1', httpsPort })),
    hostsDir: join(dir, 'hosts'),
    processDir: dir,
    ...standIn,
  };
  await writeFile(configFile(dtrDir), JSON.stringify(config));

  const store = openStore(metadataFile(dtrDir));
  createClusterSecret(store);
  writeSettings(store, { dtrHost: new URL(urls[0]!).host });
  writeStorage(store, {
    driver: 'filesystem',
    volume: images,
    nfsHost: '',
    nfsPath: '',
    options: DEFAULT_OPTIONS,
  });
  for (const [index, id] of ids.entries())
    await deployReplica(dtrDir, config, store, {
      id,
      node: NODES[index]!,
      address: '127.0.0.1',
      httpsPort: ports[index]!,
      version: config.version,
    });
  const s3 = await startS3(dir, {
    port: await freePort(),
    accessKey: 'rig',
    secretKey: randomBytes(12).toString('hex'),
    buckets: [BUCKET],
  });
  await writeFile(join(dir, 's3-secret'), s3.secretKey);
  await writeFile(join(dir, 's3-access'), s3.accessKey);

  const ca = await readFile(certificates.ca, 'utf8');
  const access = { host: new URL(urls[0]!).host, user: 'admin', password, ca };
  const client = new RegistryClient(access);
  const dtr = new DtrApi(access);
  await dtr.createRepository(CANARY);

  const entry: DtrRegistryEntry = {
    kind: 'dtr',
    url: urls[0]!,
    ca: { file: certificates.ca },
    username: 'admin',
    password: { file: join(dir, 'password') },
    ucp: {
      url: config.ucpUrl,
      username: 'admin',
      password: { file: join(dir, 'password') },
      insecureTls: true,
    },
    bootstrapHost: NODES[0],
    replicas: ids.map((id, index) => ({
      id,
      host: NODES[index]!,
      node: NODES[index]!,
      url: urls[index]!,
    })),
    storage: 'source',
    canaryRepository: CANARY,
  };
  const hosts = bootstrapper ? await startHosts(dir, config) : [];
  const journal = openFilesystemStorage(join(dir, 'journal'));
  // What the registry reaches over S3 or on its host, as the folder that it is here.
  const inBucket = join(s3.folders[BUCKET]!, ROOT_DIRECTORY);
  await mkdir(inBucket, { recursive: true });
  const folders: Record<string, Storage> = {
    source: openFilesystemStorage(images),
    'prod-folder': openFilesystemStorage(images),
    's3-prod': openFilesystemStorage(inBucket),
  };
  const destination: S3StorageEntry = {
    kind: 's3',
    bucket: BUCKET,
    region: s3.region,
    regionendpoint: s3.endpoint,
    rootdirectory: ROOT_DIRECTORY,
    accesskey: { file: join(dir, 's3-access') },
    secretkey: { file: join(dir, 's3-secret') },
    v4auth: true,
    secure: false,
    skipverify: false,
  };
  const environmentOf = (
    registry: DtrRegistryEntry,
    storages: Record<string, StorageEntry> = {},
  ): Environment => ({
    patience,
    inventory: {
      registries: { prod: registry },
      hosts: {},
      storages: {
        's3-prod': destination,
        source: { kind: 'filesystem', path: images },
        'prod-folder': { kind: 'host', host: NODES[0], path: images },
        ...storages,
      },
      journal: 'journal',
      repositories: repositoriesOn('journal', { file: join(dir, 'backup-passphrase') }),
      backups: 'main',
      approvals: {} as Inventory['approvals'],
      copying: DEFAULT_COPYING,
      schedules: {},
    },
    resolveSecret: async (ref) =>
      'file' in ref ? (await readFile(ref.file, 'utf8')).trim() : Promise.reject(new Error('files only')),
    openStorage: async (name) => folders[name] ?? journal,
    openHost: async (name) =>
      hosts.find((host) => host.name === name) ?? (await Promise.reject(new Error(`no host ${name} runs`))),
  });
  const environment = environmentOf(entry);

  const run: Run = (name, request, options = {}) => {
    const changed = environmentOf({ ...entry, ...options.entry } as DtrRegistryEntry, options.storages);
    const activities = { ...createRegistryActivities(changed), ...createRebuildActivities(changed) };
    const activity = activities[name] as (request: unknown) => ReturnType<Activities[typeof name]>;
    return (options.environment ?? activityEnvironment()).run(activity, request) as ReturnType<
      typeof activity
    >;
  };
  const attempt = async <T>(work: (meter: Meter) => Promise<T>): Promise<T> =>
    await activityEnvironment().run(async () => await withHeartbeat(environment, work));

  return {
    environment,
    journal,
    client,
    dtr,
    ca,
    store,
    s3,
    images,
    dir,
    password,
    run,
    onRegistry: async (work) =>
      await attempt(async (meter) => {
        const registry = await openRegistry(environment, 'prod', meter);
        try {
          return await work(registry);
        } finally {
          await registry.close();
        }
      }),
    onDtr: async (work) =>
      await attempt(async (meter) => {
        const access = await openAccess(environment, entry, meter);
        try {
          return await work(dtrOf(environment, { name: 'prod', entry }, access, meter));
        } finally {
          await access.close();
        }
      }),
    copyImagesToS3: async () => {
      await cp(images, join(s3.folders[BUCKET]!, ROOT_DIRECTORY), { recursive: true });
    },
    changeHabits: async (changes) => await changeHabits(dtrDir, changes),
    killReplica: async (id) => {
      await killProcess(dir, replicaProcess(id));
      await stopReplica(config, id);
    },
    api: async (method, path, body) => await callApi(urls[0]!, ca, password, method, path, body),
    stop: async () => {
      await client.close();
      await dtr.close();
      for (const id of ids) await stopReplica(config, id);
      store.close();
      for (const host of hosts) await host.close();
      await stopAll(dir);
    },
  };
}

/** Those that replicas run on; the first one runs the bootstrapper. */
async function startHosts(dir: string, config: StandInConfig): Promise<RemoteHost[]> {
  const nodes = await Promise.all(
    config.nodes.map(async ({ name }) => ({ name, address: '127.0.0.1', port: await freePort() })),
  );
  const started = await startSshHosts(dir, { nodes });
  for (const { name } of nodes) await writeDockerCommand(config, name);
  return started.map((host) => openTestHost(host));
}

/** Without the worker's warnings about activities that fail on purpose. */
export const activityEnvironment = (): MockActivityEnvironment =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

/** Without any client of ours; undefined for an answer without a body. */
export async function callApi(
  url: string,
  ca: string,
  password: string,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const dispatcher = new Agent({ connect: { ca } });
  const answer = await fetch(`${url}/api/v0/${path}`, {
    method,
    dispatcher,
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  await dispatcher.close();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
