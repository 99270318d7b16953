// A DTR of three replicas that does otherwise than its documents lead one to expect: what it leaves out of its answers and its
// backups, what it says it did, and what stands in front of it. The tests share it, and each leaves it read-write and as it was.

import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../contracts/registry-activities.ts';
import { judgeCanaries } from '../../domain/registries/canary.ts';
import { makeImage, type Image } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import type { Habits } from '../../lab/stand-ins/dtr/habits.ts';
import { findCanaries } from '../../activities/inspection/canaries.ts';
import { withHeartbeat } from '../../activities/concurrency/heartbeat.ts';
import { PATIENCE } from '../../activities/concurrency/patience.ts';
import { rowsIn } from '../journal/rows.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { activityEnvironment, startRegistryRig, type RegistryRig } from './registry-rig.ts';

const prod = { registry: 'prod' };
const FIRST = '000000000001';
const DEAD = '000000000003';
const REPOSITORIES = ['dev/one', 'dev/two'];
const TAGS = ['v1', 'v2', 'v3'];
const BUSY_MS = 1_500;

let rig: RegistryRig;
let images: Image[];
let switched: Partial<Habits> = {};

beforeAll(async () => {
  rig = await startRegistryRig({ bootstrapper: true, replicas: 3, patience: PATIENCE });
  images = await Promise.all(
    TAGS.map(async (tag) => makeImage('docker', tag, [await textLayer(tag, 10_000)])),
  );
  for (const repository of REPOSITORIES) {
    await rig.dtr.createRepository(repository);
    for (const [at, tag] of TAGS.entries()) await pushImage(rig.client, repository, tag, images[at]!);
  }
});
afterEach(async () => {
  const usual = Object.fromEntries(Object.keys(switched).map((name) => [name, undefined]));
  await rig.changeHabits(usual);
  switched = {};
});
afterAll(async () => {
  await rig.stop();
});

const habits = async (changes: Partial<Habits>): Promise<void> => {
  switched = { ...switched, ...changes };
  await rig.changeHabits(changes);
};
const snapshot = async (job: string) => await rig.run('snapshotTags', { ...prod, job, name: 'all' });
const closureOf = async (job: string, storage = 'source') => {
  const { key } = await snapshot(job);
  const of = { job, name: 'all', snapshot: key, storage, earlier: null, accepted: null };
  return await rig.run('checkClosure', { ...prod, ...of });
};
const foundIn = async (storage: string, planted: Canary[]): Promise<Canary[]> => {
  const place = await rig.environment.openStorage(storage);
  return await activityEnvironment().run(
    async () =>
      await withHeartbeat(
        { ...rig.environment, patience: IMPATIENT },
        async (meter) => await findCanaries(place, planted, meter),
      ),
  );
};
/** What a migration counts on before it takes anything down. */
const served = async () => {
  const { repositories, tags } = await snapshot('jobs/served');
  const { held, blobs } = await closureOf('jobs/served');
  return { repositories, tags, blobs, ...held };
};
const verify = async (job: string, list?: string) =>
  await rig.run('verifyImages', {
    ...prod,
    job,
    name: 'all',
    snapshot: list ?? (await snapshot(job)).key,
    sample: 2,
    from: 0,
    withinMs: null,
    tolerated: { problems: null, damagedInPass: null },
  });

test.each(['tags', 'manifests', 'blobs', 'blob_links', 'repositories'])(
  'a backup that misses rows of %s is none',
  async (table) => {
    await habits({ backupMisses: [table] });
    const request = { ...prod, job: `jobs/misses-${table}`, version: '2.7.9', name: 'final', replica: FIRST };
    await expect(rig.run('backUpMetadata', { ...request, holding: await served() })).rejects.toMatchObject({
      type: 'BackupInvalid',
      message: expect.stringContaining(`table ${table} has `) as string,
    });
  },
);

test('a backup with a schedule of collection that somebody has saved meanwhile is none', async () => {
  const cron = { action: 'onlinegc', schedule: '@yearly', retries: 0, deadline: '', stopTimeout: '30s' };
  await rig.api('POST', 'crons', cron);
  const request = { ...prod, job: 'jobs/with-cron', version: '2.7.9', name: 'final', replica: FIRST };
  await expect(rig.run('backUpMetadata', { ...request, holding: await served() })).rejects.toMatchObject({
    type: 'BackupInvalid',
    message: expect.stringContaining('the schedule of onlinegc') as string,
  });
  await rig.api('DELETE', 'crons/onlinegc');
  expect(await rig.run('backUpMetadata', { ...request, holding: await served() })).toMatchObject({
    rows: { tags: 6 },
  });
});

test('a cluster that does not say which replicas are read-only is believed by its refusals', async () => {
  await habits({ tellsReadOnly: false });
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  // Replicas follow in their own time, and nothing but a push tells when.
  await expect
    .poll(async () => await rig.run('proveReadOnly', prod).catch(() => []), { timeout: 20_000 })
    .toHaveLength(3);
  await rig.run('setReadOnly', { ...prod, readOnly: false });
  await expect
    .poll(async () => await rig.run('proveWritable', prod).catch(() => []), { timeout: 20_000 })
    .toMatchObject([{ status: 201 }, { status: 201 }, { status: 201 }]);
});

test('a schedule that comes back in other words is back', async () => {
  const job = { ...prod, job: 'jobs/rewritten' };
  const cron = { action: 'onlinegc', schedule: '@weekly', retries: 0, deadline: '', stopTimeout: '30s' };
  await rig.api('POST', 'crons', cron);
  await habits({ rewritesSchedules: true });
  const { saved } = await rig.run('pauseCollection', job);
  expect(saved.words).toEqual(['onlinegc @weekly']);

  const posted = async (): Promise<string[]> =>
    ((await rig.api('GET', 'crons')) as { crons: { id: string; action: string; schedule: string }[] }).crons
      .filter(({ action }) => action === 'onlinegc')
      .map(({ id, schedule }) => `${id} ${schedule}`);
  expect(await rig.run('resumeCollection', { ...job, saved })).toEqual({ resumed: saved.words });
  const back = await posted();
  expect(back).toEqual([expect.stringContaining(' 0 0 0 * * 0')]);
  await rig.run('resumeCollection', { ...job, saved });
  expect(await posted()).toEqual(back);
  await rig.api('DELETE', 'crons/onlinegc');
});

test('pages of a load balancer are waited for, and are no damage of any image', async () => {
  const { key } = await snapshot('jobs/busy');
  await habits({ busy: true });
  const well = setTimeout(() => void habits({ busy: false }), BUSY_MS);
  try {
    expect(await verify('jobs/busy', key)).toMatchObject({ tags: 6, problems: 0, pulledTags: 2 });
  } finally {
    clearTimeout(well);
  }
});

test('an old copy of the storage is none: what was just pushed is not in it', async () => {
  await rig.copyImagesToS3();
  await pushImage(
    rig.client,
    'dev/one',
    'later',
    makeImage('docker', 'later', [await textLayer('later', 99)]),
  );
  const planted = await rig.run('plantCanaries', { ...prod, job: 'jobs/old-copy' });
  expect(judgeCanaries('it', await foundIn('source', planted))).toBeUndefined();
  expect(judgeCanaries('it', await foundIn('s3-prod', planted))).toContain('is not in it');
  expect(await closureOf('jobs/old-copy', 's3-prod')).toMatchObject({ missing: 2 });
  await rig.onRegistry(async (registry) => await registry.removeTag('dev/one', 'later'));
});

test('a layer that one repository has lost is missed there, although the other one still serves it', async () => {
  const [layer] = images[0]!.blobs;
  const lost = rig.store.all<{ created_ms: number }>(
    'SELECT created_ms FROM blob_links WHERE repository = ? AND digest = ?',
    'dev/two',
    layer!.digest,
  );
  expect(lost).toHaveLength(1);
  rig.store.run('DELETE FROM blob_links WHERE repository = ? AND digest = ?', 'dev/two', layer!.digest);
  const found = await verify('jobs/links');
  const named = await rowsIn<{ repository: string; digest: string }>(rig.journal, found.key);
  expect(named).toEqual(
    expect.arrayContaining([expect.objectContaining({ repository: 'dev/two', digest: layer!.digest })]),
  );
  expect(named.every(({ repository }) => repository === 'dev/two')).toBe(true);
  rig.store.run('INSERT INTO blob_links VALUES (?, ?, ?)', 'dev/two', layer!.digest, lost[0]!.created_ms);
});

test('what is new lies under ids: a canary is found by its bytes, and a blob that was cut off is missed', async () => {
  await habits({ namesBlobs: true });
  const layer = await textLayer('named', 12_345);
  await pushImage(rig.client, 'dev/one', 'named', makeImage('docker', 'named', [layer]));
  const planted = await rig.run('plantCanaries', { ...prod, job: 'jobs/named' });
  expect((await foundIn('source', planted)).map(({ key }) => key)).toEqual(
    planted.map(() => expect.stringMatching(/\/blobs\/id\/..\/[^/]+\/data$/) as string),
  );

  const { key, missing } = await closureOf('jobs/named');
  expect({ missing, rows: await rowsIn(rig.journal, key) }).toEqual({ missing: 0, rows: [] });
  expect(await verify('jobs/named')).toMatchObject({ tags: 7, problems: 0 });
  const row = rig.store.get('SELECT id FROM blobs WHERE sha256sum = ?', layer.digest) as { id: string };
  await truncate(join(rig.images, 'docker/registry/v2/blobs/id', row.id.slice(0, 2), row.id, 'data'), 1_000);
  const cut = await closureOf('jobs/named-cut');
  expect(await rowsIn(rig.journal, cut.key)).toEqual([
    expect.objectContaining({ digest: layer.digest, problem: 'missing' }),
  ]);
});

test('a replica that dies read-only is named, and keeps nobody from the way out', async () => {
  // For the next test, because the dead one takes none any more
  await rig.run('plantCanaries', { ...prod, job: 'jobs/dead' });
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  await rig.run('proveReadOnly', prod);
  await rig.killReplica(DEAD);
  await rig.run('setReadOnly', { ...prod, readOnly: false });
  const answers = await rig.run('proveWritable', prod);
  expect(answers.slice(0, 2)).toMatchObject([{ status: 201 }, { status: 201 }]);
  expect(answers[2]).toMatchObject({ replica: DEAD, status: 0, problem: expect.any(String) as string });
  await pushImage(rig.client, 'dev/one', 'v4', images[0]!);
});

test('what is asked of the replicas without the dead one is answered by the others', async () => {
  const there = { storage: 'source', other: 's3-prod', side: 'pushed' as const };
  const canaries = await rig.run('plantCanaries', { ...prod, job: 'jobs/dead' });
  const { ill, well } = await rig.run('findIll', prod);
  expect(ill).toEqual([{ replica: DEAD, problem: expect.stringContaining('got no answer') as string }]);
  expect(well).toHaveLength(2);

  const rest = { ...prod, without: [DEAD] };
  expect(await rig.run('findIll', rest)).toEqual({ ill: [], well });
  await rig.run('waitUntilHealthy', { ...rest, replicas: [...well, DEAD] });
  await rig.run('setReadOnly', { ...rest, readOnly: true });
  expect(await rig.run('proveReadOnly', rest)).toMatchObject([{ status: 405 }, { status: 405 }]);
  await rig.run('proveServedFrom', { ...rest, ...there, canaries });
  await rig.run('setReadOnly', { ...rest, readOnly: false });

  await rig.run('setReadOnly', { ...rest, readOnly: true });
  await expect(rig.run('proveReadOnly', prod)).rejects.toMatchObject({ type: 'RegistryUnhealthy' });
  await rig.run('setReadOnly', { ...prod, readOnly: false });
});

test.each([
  ['was given up', [DEAD]],
  ['nobody knows of yet', []],
])('no image is damaged because a replica that %s is dead', async (_what, without) => {
  const job = `jobs/verified-${without.length}`;
  const { key: snapshot } = await rig.run('snapshotTags', { ...prod, job, name: 'after' });
  const of = { ...prod, without, job, snapshot, from: 0, withinMs: null };
  const verify = async (name: string, sample: number, problems: string | null) =>
    await rig.run('verifyImages', {
      ...of,
      ...{ name, sample, tolerated: { problems, damagedInPass: null } },
    });
  // What other tests have broken is asked of the registry, and only what is pulled of each replica
  const { key } = await verify('baseline', 0, null);
  const verified = await verify('window', 20, key);
  expect(verified.problems).toBe(0);
  expect(verified.pulledTags).toBeGreaterThan(2);
});

test('a switch that is made again without the dead one does not wait for it', async () => {
  await rig.copyImagesToS3();
  const among = ['source', 's3-prod'];
  await rig.run('switchStorage', {
    ...prod,
    job: 'jobs/dead',
    version: '2.7.9',
    storage: 's3-prod',
    how: 'keep-metadata',
    replica: '000000000001',
    without: [DEAD],
  });
  expect((await rig.run('locateStorage', { ...prod, among })).uses).toEqual(['s3-prod']);
});
