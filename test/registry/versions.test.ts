// The ways of each line of versions, by the recipe that is chosen for it and the activities that carry it out, with two replicas
// of the stand-in: every tag and every image is there afterwards. What the same versions lose when it is done otherwise is in
// test/lab/dtr-versions.test.ts; the lines from 2.7 run the suite of test/registries, too.

import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { StorageEntry } from '../../contracts/inventory.ts';
import type { MigrationPath } from '../../contracts/names.ts';
import type { Recipe } from '../../contracts/plan.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { dtr } from '../../domain/registries/dtr/dtr.ts';
import { nfsVolumeOf } from '../../domain/registries/dtr/nfs-volume.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import type { Habits } from '../../lab/stand-ins/dtr/habits.ts';
import { versionRow } from '../../lab/stand-ins/dtr/versions.ts';
import { rowsIn } from '../journal/rows.ts';
import { REPLICAS, startRegistryRig, type RegistryRig } from './registry-rig.ts';

const prod = { registry: 'prod' };
const [FIRST, SECOND] = REPLICAS as [string, string];
const OPTIONS = 'rw,nfsvers=4';
const EXPORT = {
  kind: 'host',
  host: 'node-1',
  nfs: { url: 'nfs://10.0.0.9/data', options: OPTIONS },
} as const;
const VOLUME = nfsVolumeOf({ url: EXPORT.nfs.url, options: OPTIONS, isAsync: false });

let rig: RegistryRig;

afterEach(async () => await rig.stop());

async function open(version: string, { replicas = 2, habits = {} }: Options = {}): Promise<void> {
  const image = versionRow(version).images[0]!;
  rig = await startRegistryRig({ bootstrapper: true, replicas, standIn: { version, image, habits } });
  await rig.dtr.createRepository('dev/app');
  for (const tag of ['v1', 'v2'])
    await pushImage(rig.client, 'dev/app', tag, makeImage('docker', tag, [await textLayer(tag, 5_000)]));
}
type Options = { replicas?: 1 | 2 | 3; habits?: Partial<Habits> };

const storages = (): Record<string, StorageEntry> => ({
  ...rig.environment.inventory.storages,
  'folder-new': { kind: 'host', host: 'node-1', path: join(rig.dir, 'folder-new') },
  nfs: EXPORT,
  own: { kind: 'host', host: 'node-1', volume: `dtr-registry-${FIRST}` },
});

/** The folder that a storage is in the lab. */
const folderOf = (name: string): string =>
  ({
    'prod-folder': rig.images,
    's3-prod': join(rig.s3.folders['images']!, 'dtr'),
    nfs: join(rig.dir, 'nfs/10.0.0.9/data'),
    own: join(rig.dir, 'hosts/node-1/volumes', `dtr-registry-${FIRST}`, '_data'),
  })[name] ?? join(rig.dir, name);

const copy = async (from: string, to: string): Promise<void> => {
  await mkdir(folderOf(to), { recursive: true });
  await cp(folderOf(from), folderOf(to), { recursive: true });
};

const recipe = (state: RegistryState, from: string, to: string, path: MigrationPath): Recipe =>
  dtr.recipe(state, storages()[from]!, storages()[to]!, path);

/** As a migration does it in its window. */
async function move(from: string, to: string): Promise<string> {
  const state = await rig.run('inspectRegistry', prod);
  const { switch: how } = recipe(state, from, to, 'read-only');
  const job = `jobs/${from}-${to}`;
  const before = await rig.run('snapshotTags', { ...prod, job, name: 'before' });
  await copy(from, to);
  const request = { ...prod, job, version: state.version, storage: to, how, replica: FIRST };
  for (let attempt = 0; attempt < 2; attempt += 1)
    await rig.run('switchStorage', request, { storages: storages() });
  await allIsServed(job, before.key);
  return how;
}

async function allIsServed(job: string, list: string): Promise<void> {
  const { replicas } = await rig.run('inspectRegistry', prod);
  await rig.run('waitUntilHealthy', { ...prod, replicas: replicas.map(({ id }) => id) });
  const after = await rig.run('snapshotTags', { ...prod, job, name: 'after' });
  expect(await rowsIn(rig.journal, after.key)).toEqual(await rowsIn(rig.journal, list));
  const whole = { name: 'all', snapshot: list, sample: 2, from: 0, withinMs: null };
  const tolerated = { problems: null, damagedInPass: null };
  expect(await rig.run('verifyImages', { ...prod, job, ...whole, tolerated })).toMatchObject({
    tags: 2,
    problems: 0,
    pulledTags: 2,
  });
}

const BY_FLAG = 'reconfigure-storage-migrated';
const EXACT = 'reconfigure-exact-copy';

test.each([
  ['2.6.4', [BY_FLAG, BY_FLAG]],
  ['2.6.6', [BY_FLAG, BY_FLAG, 'keep-metadata']],
  ['2.8.13', [BY_FLAG, BY_FLAG, 'keep-metadata']],
  ['2.9.29', [BY_FLAG, BY_FLAG, 'keep-metadata']],
  ['2.10.0', [EXACT, EXACT, 'keep-metadata']],
])('%s is moved to a folder, an export and a cloud with every tag: %j', async (version, ways) => {
  await open(version);
  const places = ['prod-folder', 'folder-new', 'nfs', 's3-prod'];
  for (const [at, how] of ways.entries()) expect(await move(places[at]!, places[at + 1]!)).toBe(how);
});

test.each([
  ['2.6.3', 'nfs'],
  ['2.10.0', 'folder-new'],
] as const)('%s is restored on %s with every tag', async (version, to) => {
  await open(version);
  expect(await rebuildOn(version, to)).toMatchObject({ switch: 'restore-on-volume', afterBringUp: null });
});

test('is restored on a volume of the export, made on the host of each replica', async () => {
  await open('2.9.29');
  await rebuildOn('2.9.29', 'nfs');
  for (const node of ['node-1', 'node-2']) {
    const host = await rig.environment.openHost(node);
    const shown = await host.check(['docker', 'volume', 'inspect', '--format', 'json', VOLUME.name]);
    expect(JSON.parse(shown)).toMatchObject({ Options: VOLUME.options });
  }
  const { storage } = await rig.run('inspectRegistry', prod);
  expect(storage.volume).toBe(VOLUME.name);
  // The inventory's entry is the export, and the registry calls it by the name of the volume.
  expect(dtr.usesDirectory(storage, EXPORT)).toBe(true);
  expect(dtr.usesDirectory(storage, { ...EXPORT, nfs: { url: 'nfs://10.0.0.9/other' } })).toBe(false);
});

test('a volume of that name with other options is left alone, and nothing is restored on it', async () => {
  await open('2.7.9', { replicas: 1 });
  const host = await rig.environment.openHost('node-1');
  await host.check(['docker', 'volume', 'create', '-o', 'type=nfs', '-o', 'o=addr=10.0.0.8', VOLUME.name]);
  await expect(rebuildOn('2.7.9', 'nfs')).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining(`docker volume rm`) as string,
  });
});

/** S0's best practice, as the activities of a migration do it. */
async function rebuildOn(version: string, to: string): Promise<Recipe> {
  const state = await rig.run('inspectRegistry', prod);
  const chosen = recipe(state, 'prod-folder', to, 'best-practice');
  const request = { ...prod, job: 'jobs/rebuild', version };
  const before = await rig.run('snapshotTags', { ...request, name: 'before' });
  await copy('prod-folder', to);
  const backup = await rig.run('backUpMetadata', {
    ...request,
    name: 'final',
    replica: FIRST,
    holding: null,
  });
  const members = state.replicas.map(({ id }) => id);
  for (const replica of members.toReversed()) await rig.run('takeDownReplica', { ...request, replica });
  const known = { storages: storages() };
  const up = { ...request, backup: backup!, replica: FIRST, storage: to };
  for (let attempt = 0; attempt < 2; attempt += 1) await rig.run('bringUpReplica', up, known);
  if (members.includes(SECOND))
    for (let attempt = 0; attempt < 2; attempt += 1)
      await rig.run('joinReplica', { ...request, replica: SECOND, existing: FIRST }, known);
  await allIsServed(request.job, before.key);
  return chosen;
}

test('leaves NFS by an empty URL, with every tag', async () => {
  await open('2.9.29', { replicas: 1 });
  await move('prod-folder', 'nfs');
  expect(await move('nfs', 'own')).toBe('leave-nfs-storage-migrated');
  const { storage } = await rig.run('inspectRegistry', prod);
  expect(storage).toEqual({ driver: 'filesystem', fields: { rootdirectory: '/storage' }, volume: '' });
});

test('what the short help leaves out is asked for at length; a host that cannot be asked is no error of the look', async () => {
  await open('2.10.0', { replicas: 1, habits: { shortHelpHides: ['reinitialize-storage'] } });
  const { tool } = await rig.run('inspectRegistry', prod);
  expect(tool).toMatchObject({
    flags: expect.arrayContaining(['reinitialize-storage', 'async-nfs']) as string[],
  });
  expect(tool).not.toMatchObject({ flags: expect.arrayContaining(['storage-migrated']) as string[] });

  const elsewhere = { entry: { bootstrapImage: 'mirror.example.com/dtr' } };
  const { tool: unknown } = await rig.run('inspectRegistry', prod, elsewhere);
  expect(unknown).toEqual({ problem: expect.stringContaining('manifest unknown') as string });
  const away = await rig.run('inspectRegistry', prod, { entry: { bootstrapHost: 'node-9' } });
  expect(away.tool).toEqual({ problem: expect.stringContaining('node-9') as string });
  const { uses } = await rig.run(
    'locateStorage',
    { ...prod, among: ['prod-folder'] },
    { entry: { bootstrapHost: 'node-9' } },
  );
  expect(uses).toEqual(['prod-folder']);
});

test('a DTR that has told everything before is not asked for its help', async () => {
  await open('2.8.13', { replicas: 1 });
  expect(await rig.run('inspectRegistry', prod)).not.toHaveProperty('tool');
});
