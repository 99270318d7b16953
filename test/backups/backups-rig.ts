// What tests of backups stand on: two repositories in folders of this machine, the activities of a worker that knows them, and
// a backup as the workflow makes it, step by step.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackupActivities } from '../../activities/backups/backup-activities.ts';
import type { Environment } from '../../activities/environment.ts';
import { createRegistryActivities } from '../../activities/registry/registry-activities.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { BackupActivities, SetCheck, SetManifest } from '../../contracts/backup.ts';
import type { Inventory, RepositoryEntry } from '../../contracts/inventory.ts';
import type { RegistryActivities } from '../../contracts/registry-activities.ts';
import { setIdOf } from '../../domain/backup/set.ts';
import { activityEnvironment } from '../registry/registry-rig.ts';

type Activities = BackupActivities & RegistryActivities;
type Run = <Name extends keyof Activities>(
  name: Name,
  request: Parameters<Activities[Name]>[0],
) => ReturnType<Activities[Name]>;

type Step = Extract<keyof Activities, string>;

export type BackupsRig = {
  environment: Environment;
  /** Folder of the repository `main`, and the storage in it. */
  folder: string;
  storage: Storage;
  run: Run;
  /** `before` is called ahead of each step. */
  backUp: (options?: { before?: (step: Step) => Promise<void>; repository?: string }) => Promise<SetManifest>;
  check: (id: string, registry?: string) => Promise<SetCheck>;
  /** Another worker: with other keys, or with another storage under a name. */
  otherwise: (changes: { main?: Partial<RepositoryEntry>; storages?: Record<string, Storage> }) => BackupsRig;
  newKey: (name: string) => Promise<{ file: string }>;
  stop: () => Promise<void>;
};

/** `real`: of a rig of a registry `prod` in the storage `source`. */
export async function backupsRig(real: Environment): Promise<BackupsRig> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-backups-'));
  const newKey = async (name: string): Promise<{ file: string }> => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(dir, name), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return { file: join(dir, name) };
  };
  for (const name of ['main', 'offsite']) await mkdir(join(dir, name));
  for (const name of ['passphrase', 'other-passphrase'])
    await writeFile(join(dir, name), randomBytes(12).toString('hex'));
  const entry: RepositoryEntry = {
    storage: 'main-sets',
    encryption: { passphrase: { file: join(dir, 'passphrase') } },
    signing: { key: await newKey('signing.pem') },
  };
  const repositories = { main: entry, offsite: { ...entry, storage: 'offsite-sets' } };
  const storages: Record<string, Storage> = {
    'main-sets': openFilesystemStorage(join(dir, 'main')),
    'offsite-sets': openFilesystemStorage(join(dir, 'offsite')),
  };
  let runs = 0;

  const open = (
    inRepositories: Inventory['repositories'],
    inStorages: Record<string, Storage>,
  ): BackupsRig => {
    const environment: Environment = {
      ...real,
      inventory: { ...real.inventory, repositories: inRepositories, backups: 'main' },
      openStorage: async (name) => inStorages[name] ?? (await real.openStorage(name)),
    };
    const activities: Activities = {
      ...createRegistryActivities(environment),
      ...createBackupActivities(environment, async () => ({
        ask: async () => undefined,
        close: async () => undefined,
      })),
    };
    const run: Run = (name, request) =>
      activityEnvironment().run(activities[name] as never, request) as ReturnType<Activities[typeof name]>;

    return {
      environment,
      folder: join(dir, 'main'),
      storage: inStorages['main-sets']!,
      run,
      newKey,
      async backUp({ before = async () => undefined, repository = 'main' } = {}) {
        runs += 1;
        const job = `jobs/registry-prod/run-${runs}`;
        const step: Run = (name, request) =>
          before(name).then(async (): Promise<unknown> => await run(name, request)) as ReturnType<
            Activities[typeof name]
          >;
        const set = setIdOf(now(), `${runs}`.padStart(8, '0'));
        const of = { job, registry: 'prod', repository, set };
        const storage = 'source';
        const state = await step('inspectRegistry', { registry: 'prod' });
        const replica = state.replicas[0]!.id;
        const { saved } = await step('pauseCollection', { registry: 'prod', job });
        const { key: tagsBefore } = await step('snapshotTags', { registry: 'prod', job, name: 'before' });
        const begun = now();
        const metadata = await step('backUpSetMetadata', { ...of, version: state.version, replica });
        const tree = await step('backUpTree', { ...of, storage });
        const images = await step('listSetImages', { ...of, tagsBefore, rows: metadata.rows });
        const blobs = await step('backUpBlobs', { ...of, storage });
        const taken = { tagsBefore, images, metadata, tree, blobs, schedules: saved };
        const takenAt = { begun, metadata: begun, content: now() };
        const manifest = await step('sealSet', { ...of, ...taken, state, storage, replica, takenAt });
        await step('resumeCollection', { registry: 'prod', job, saved });
        return manifest;
      },
      check: async (id, registry = 'prod') =>
        await run('checkSet', { job: 'jobs/sets-prod/check', repository: 'main', registry, set: id }),
      otherwise: ({ main = {}, storages: more = {} }) =>
        open(
          { ...inRepositories, main: { ...inRepositories['main']!, ...main } },
          { ...inStorages, ...more },
        ),
      stop: async () => await rm(dir, { recursive: true, force: true }),
    };
  };
  return open(repositories, storages);
}

const now = (): string => new Date().toISOString();
