// A small real plain registry for tests: two processes of Distribution over one folder, one on this machine and one behind SSH,
// an S3 server to move to, and an environment as the worker builds it.

import { randomBytes, randomInt } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Meter, withHeartbeat } from '../../activities/concurrency/heartbeat.ts';
import type { Environment } from '../../activities/environment.ts';
import { openRegistry } from '../../activities/registry/open-registry.ts';
import { createRebuildActivities } from '../../activities/registry/rebuild-activities.ts';
import { createRegistryActivities } from '../../activities/registry/registry-activities.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import type { ControlPlane } from '../../activities/registry/control-plane.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type {
  DistributionRegistryEntry,
  Inventory,
  S3StorageEntry,
  StorageEntry,
} from '../../contracts/inventory.ts';
import { RegistryClient } from '../../lab/content/registry-client.ts';
import { freePort } from '../../lab/free-port.ts';
import { makeCertificates } from '../../lab/servers/certificates.ts';
import type { RegistryRelease } from '../../lab/servers/distribution.ts';
import { startPlainRegistry } from '../../lab/servers/plain-registry.ts';
import { startS3, type S3Server } from '../../lab/servers/s3.ts';
import { startSshHosts } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, stopAll } from '../conformance/servers.ts';
import { DEFAULT_COPYING } from '../copying/copying-policy.ts';
import type { Activities, Run } from '../registries/opened.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { activityEnvironment } from './registry-rig.ts';
import { repositoriesOn } from '../support/repositories.ts';

export const CANARY = 'admin/canary';
export const BUCKET = 'images';
export const ROOT_DIRECTORY = 'plain';
const HOST = 'node-1';

export type DistributionRig = {
  dir: string;
  environment: Environment;
  client: RegistryClient;
  s3: S3Server;
  /** The folder that the registry starts on. */
  images: string;
  password: string;
  run: Run;
  onRegistry: <T>(work: (registry: ControlPlane) => Promise<T>) => Promise<T>;
  entry: DistributionRegistryEntry;
  copyImagesToS3: () => Promise<void>;
  stop: () => Promise<void>;
};

export async function startDistributionRig(
  release: RegistryRelease,
  options: { storageLines?: string[] } = {},
): Promise<DistributionRig> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-plain-'));
  const images = join(dir, 'images');
  // Of its own: while a replica restarts, another test could take its port.
  const address = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.1`;
  await mkdir(join(dir, 'journal'));
  const password = randomBytes(12).toString('hex');
  await writeFile(join(dir, 'password'), password);
  await writeFile(join(dir, 'backup-passphrase'), randomBytes(12).toString('hex'));
  const certificates = await makeCertificates(dir, [address]);
  const replicas = [];
  for (const id of ['here', 'there']) replicas.push({ id, address, port: await freePort(address) });
  const plain = await startPlainRegistry(dir, {
    ...options,
    release,
    replicas,
    driver: { filesystem: { rootdirectory: images } },
    certificates,
    user: 'admin',
    password,
  });
  const s3 = await startS3(dir, {
    port: await freePort(),
    accessKey: 'rig',
    secretKey: randomBytes(12).toString('hex'),
    buckets: [BUCKET],
  });
  await writeFile(join(dir, 's3-secret'), s3.secretKey);
  await writeFile(join(dir, 's3-access'), s3.accessKey);
  const [node] = await startSshHosts(dir, {
    nodes: [{ name: HOST, address: '127.0.0.1', port: await freePort() }],
  });
  const host: RemoteHost = openTestHost(node!);

  const entry: DistributionRegistryEntry = {
    kind: 'distribution',
    url: plain.entries[0]!.url,
    ca: { file: certificates.ca },
    username: 'admin',
    password: { file: join(dir, 'password') },
    replicas: plain.entries.map((replica, index) => (index === 0 ? replica : { ...replica, host: HOST })),
    stateDir: join(dir, 'state'),
    storage: 'source',
    canaryRepository: CANARY,
  };
  const inBucket = join(s3.folders[BUCKET]!, ROOT_DIRECTORY);
  await mkdir(inBucket, { recursive: true });
  const journal = openFilesystemStorage(join(dir, 'journal'));
  const folders: Record<string, Storage> = {
    source: openFilesystemStorage(images),
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
    registry: DistributionRegistryEntry,
    storages: Record<string, StorageEntry> = {},
  ): Environment => ({
    patience: IMPATIENT,
    inventory: {
      registries: { prod: registry },
      hosts: {},
      storages: { 's3-prod': destination, source: { kind: 'filesystem', path: images }, ...storages },
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
    openHost: async () => host,
  });
  const environment = environmentOf(entry);
  const client = new RegistryClient({
    host: new URL(entry.url).host,
    user: 'admin',
    password,
    ca: await readFile(certificates.ca, 'utf8'),
  });
  const run: Run = (name, request, changes = {}) => {
    const changed = environmentOf(
      { ...entry, ...changes.entry } as DistributionRegistryEntry,
      changes.storages,
    );
    const activities = { ...createRegistryActivities(changed), ...createRebuildActivities(changed) };
    const activity = activities[name] as (request: unknown) => ReturnType<Activities[typeof name]>;
    return (changes.environment ?? activityEnvironment()).run(activity, request) as ReturnType<
      typeof activity
    >;
  };
  return {
    dir,
    environment,
    client,
    s3,
    images,
    password,
    run,
    entry,
    onRegistry: async (work) =>
      await activityEnvironment().run(
        async () =>
          await withHeartbeat(environment, async (meter: Meter) => {
            const registry = await openRegistry(environment, 'prod', meter);
            try {
              return await work(registry);
            } finally {
              await registry.close();
            }
          }),
      ),
    copyImagesToS3: async () => await cp(images, inBucket, { recursive: true }),
    stop: async () => {
      await client.close();
      await plain.stop();
      await host.close();
      await stopAll(dir);
    },
  };
}
