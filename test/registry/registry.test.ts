// The registry's activities against a real registry: two replicas of the stand-in DTR. The tests share it, and each
// leaves it as it found it: read-write, without schedules, on its folder until the last one moves it to S3.

import { rename, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf } from '../../activities/journal/keys.ts';
import { runTask } from '../../activities/registry/dtr/run-task.ts';
import { writeLines } from '../../activities/journal/lines.ts';
import { readRecord, writeRecord } from '../../activities/journal/record.ts';
import type { S3StorageEntry } from '../../contracts/inventory.ts';
import { savedSchedules, type Cron } from '../../domain/registries/dtr/collection.ts';
import { makeImage, makeIndex, type Image } from '../../lab/content/images.ts';
import { emptyLayer, randomLayer, textLayer, type Layer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { readStorage, writeStorage } from '../../lab/stand-ins/dtr/settings.ts';
import { makeCertificates } from '../../lab/servers/certificates.ts';
import { rowsIn } from '../journal/rows.ts';
import {
  activityEnvironment,
  BUCKET,
  CANARY,
  REPLICAS,
  ROOT_DIRECTORY,
  startRegistryRig,
  type RegistryRig,
} from './registry-rig.ts';

const prod = { registry: 'prod' };
const toS3 = {
  ...prod,
  job: 'jobs/switch',
  version: '2.7.9',
  storage: 's3-prod',
  how: 'keep-metadata',
  replica: REPLICAS[0]!,
};
/** Tolerates no problem. */
const NOTHING = { problems: null, damagedInPass: null };
const CRON: Omit<Cron, 'capacityMap' | 'parameters'> = {
  action: 'onlinegc',
  schedule: '0 0 1 * * 0',
  retries: 0,
  deadline: '15m',
  stopTimeout: '30s',
};

let rig: RegistryRig;
let shared: Layer;
let large: Layer;
let app: Image;
let index: Image;

beforeAll(async () => {
  rig = await startRegistryRig();
  shared = await textLayer('shared', 20_000);
  large = await randomLayer('large', 300_000);
  app = makeImage('docker', 'app', [shared, emptyLayer(), await textLayer('app', 5_000)]);
  index = makeIndex('oci', {
    amd64: makeImage('oci', 'multi-amd64', [shared, large]),
    arm64: makeImage('oci', 'multi-arm64', [shared, await textLayer('arm', 4_000)], 'arm64'),
  });
  for (const repository of ['dev/app', 'dev/app-base', 'dev/multi'])
    await rig.dtr.createRepository(repository);
  await pushImage(rig.client, 'dev/app', 'v1', app);
  await pushImage(rig.client, 'dev/app', 'latest', app);
  await pushImage(rig.client, 'dev/app-base', 'v1', app);
  await pushImage(rig.client, 'dev/multi', 'v1', index);
});

afterAll(async () => {
  await rig.stop();
});

const listTags = async (repository: string): Promise<string[]> =>
  ((await rig.api('GET', `repositories/${repository}/tags?pageSize=1000`)) as { name: string }[]).map(
    ({ name }) => name,
  );
const listCrons = async (): Promise<Cron[]> =>
  ((await rig.api('GET', 'crons')) as { crons: Cron[] }).crons.filter(({ action }) => action.includes('gc'));
const rowsOf = (key: string): Promise<unknown[]> => rowsIn(rig.journal, key);
const blobFile = (digest: string): string => {
  const hex = digest.slice('sha256:'.length);
  return join(rig.images, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
};

test('a look at the registry finds what decides a migration', async () => {
  const state = await rig.run('inspectRegistry', prod);
  expect(state).toMatchObject({
    version: '2.7.9',
    mode: 'online',
    readOnly: false,
    collection: { words: [], value: [] },
    runningTasks: [],
    storage: { driver: 'filesystem' },
    canaryRepositoryExists: true,
  });
  expect(state.replicas.map(({ id, healthy, readOnly }) => [id, healthy, readOnly])).toEqual(
    REPLICAS.map((id) => [id, true, false]),
  );
  const entry = { canaryRepository: 'dev/nowhere' };
  expect(await rig.run('inspectRegistry', prod, { entry })).toMatchObject({ canaryRepositoryExists: false });
});

test.each([
  ['InvalidInput', { registry: 'nobody' }, {}],
  ['AccessDenied', prod, { username: 'mallory' }],
  ['RegistryUnhealthy', prod, { url: 'https://127.0.0.1:1' }],
])('%s names what is wrong with the way to the registry, and no secret', async (type, request, changes) => {
  const failure: unknown = await rig
    .run('inspectRegistry', request, { entry: changes })
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ type });
  expect((failure as Error).message).not.toContain(rig.password);
});

test('a certificate of another authority is not trusted', async () => {
  const other = join(rig.images, '../other-authority');
  const { ca } = await makeCertificates(other, ['127.0.0.1']);
  await expect(rig.run('inspectRegistry', prod, { entry: { ca: { file: ca } } })).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
    message: expect.stringContaining('certificate'),
  });
});

test('garbage collection schedules are saved once, deleted, and put back', async () => {
  const job = { ...prod, job: 'jobs/gc' };
  await rig.api('POST', 'crons', CRON);
  const { saved } = await rig.run('pauseCollection', job);
  expect(saved).toMatchObject({ words: [`${CRON.action} ${CRON.schedule}`], value: [CRON] });
  expect(await listCrons()).toEqual([]);

  // A retry sees no schedules; what it saved then would be nothing.
  expect(await rig.run('pauseCollection', job)).toEqual({ saved });
  expect(await listCrons()).toEqual([]);

  for (let attempt = 0; attempt < 2; attempt += 1) {
    const nothing = savedSchedules([]);
    expect(await rig.run('resumeCollection', { ...job, saved: nothing })).toEqual({ resumed: saved.words });
    expect(await listCrons()).toMatchObject([CRON]);
  }
  await rig.api('DELETE', `crons/${CRON.action}`);

  // A journal that forgot: what the workflow knows comes back all the same.
  await rig.run('resumeCollection', { ...prod, job: 'jobs/forgotten', saved });
  expect(await listCrons()).toMatchObject([CRON]);
  await rig.api('DELETE', `crons/${CRON.action}`);
});

test('stopping waits for a collection that runs', async () => {
  const row = {
    id: 'gc-1',
    action: 'onlinegc_blobs',
    status: 'running',
    scheduledAt: '2026-01-01T00:00:00Z',
  };
  const setStatus = (status: string): void => {
    rig.store.run(
      'INSERT OR REPLACE INTO jobs (id, action, status, worker, scheduled_at, body) VALUES (?, ?, ?, ?, ?, ?)',
      row.id,
      row.action,
      status,
      '',
      row.scheduledAt,
      JSON.stringify({ ...row, status }),
    );
  };
  setStatus('cancel_request');
  expect(await rig.run('inspectRegistry', prod)).toMatchObject({
    runningTasks: [{ id: 'gc-1', action: 'onlinegc_blobs', status: 'cancel_request', collects: true }],
  });
  const environment = activityEnvironment();
  const waited = new Promise<unknown>((resolve) => {
    environment.on('heartbeat', (details: { waitingFor?: string }) => {
      if (details.waitingFor?.includes('gc-1') !== true) return;
      resolve(details);
      setStatus('cancel');
    });
  });
  await rig.run('pauseCollection', { ...prod, job: 'jobs/gc-running' }, { environment });
  expect(await waited).toEqual({ waitingFor: 'job onlinegc_blobs (gc-1) to end' });
});

test('read-only is proved by refusals of every replica, and read-write by accepted pushes', async () => {
  await expect(rig.run('proveReadOnly', prod)).rejects.toMatchObject({
    type: 'ReadOnlyNotEnforced',
    details: { replicas: REPLICAS.map((id) => `${id} (202)`) },
  });
  expect(await listTags(CANARY)).toEqual([]);

  for (let attempt = 0; attempt < 2; attempt += 1) {
    await rig.run('setReadOnly', { ...prod, readOnly: true });
    expect(await rig.run('proveReadOnly', prod)).toEqual(
      REPLICAS.map((replica) => ({ replica, status: 405 })),
    );
  }
  await expect(rig.run('proveWritable', prod)).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
  });

  const { replicas } = rig.environment.inventory.registries['prod']!;
  const silent = 'https://127.0.0.1:1';
  // One that has left the cluster may be silent; a member must answer.
  const withGone = { replicas: [...replicas, { ...replicas[0]!, id: '0000000000ff', url: silent }] };
  expect(await rig.run('proveReadOnly', prod, { entry: withGone })).toHaveLength(REPLICAS.length);
  const withSilent = { replicas: [replicas[0]!, { ...replicas[1]!, url: silent }] };
  await expect(rig.run('proveReadOnly', prod, { entry: withSilent })).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
  });

  await rig.run('setReadOnly', { ...prod, readOnly: false });
  // As a killed attempt leaves it behind.
  await pushImage(rig.client, CANARY, 'transship-probe-left', app);
  expect(await rig.run('proveWritable', prod)).toEqual(REPLICAS.map((replica) => ({ replica, status: 201 })));
  expect(await listTags(CANARY)).toEqual([]);
});

test('a secret of a storage that has nothing to do with it does not keep the registry read-only', async () => {
  const storages = {
    unrelated: {
      ...(rig.environment.inventory.storages['s3-prod'] as S3StorageEntry),
      rootca: { env: 'NOWHERE' },
    },
  };
  for (const readOnly of [true, false]) await rig.run('setReadOnly', { ...prod, readOnly }, { storages });
  expect(await rig.run('proveWritable', prod, { storages })).toHaveLength(REPLICAS.length);
});

test('one replica that still accepts pushes is named', async () => {
  // Another registry stands in for a second replica that did not hear of read-only.
  const other = await startRegistryRig(rig.password);
  try {
    const cas = join(rig.images, '../both-authorities.pem');
    await writeFile(cas, rig.ca + other.ca);
    const [first] = rig.environment.inventory.registries['prod']!.replicas;
    const [, deaf] = other.environment.inventory.registries['prod']!.replicas;
    const entry = { ca: { file: cas }, replicas: [first!, deaf!] };
    await rig.run('setReadOnly', { ...prod, readOnly: true });
    await expect(rig.run('proveReadOnly', prod, { entry })).rejects.toMatchObject({
      type: 'ReadOnlyNotEnforced',
      details: { replicas: ['000000000002 (202)'] },
    });
  } finally {
    await other.stop();
    await rig.run('setReadOnly', { ...prod, readOnly: false });
  }
});

test('snapshots of tags are in byte order over all pages, and compare as a merge', async () => {
  const job = 'jobs/tags';
  const tags = Array.from({ length: 203 }, (_, number) => `t${number}`);
  await rig.dtr.createRepository('dev/many');
  await pushImage(rig.client, 'dev/many', 't0', app);
  for (const tag of tags)
    await rig.client.pushManifest('dev/many', tag, { mediaType: app.mediaType, bytes: app.manifest });

  const before = await rig.run('snapshotTags', { ...prod, job, name: 'before' });
  expect(before).toMatchObject({ repositories: 5, tags: 207, key: 'jobs/tags/tags-before.ndjson' });
  const rows = (await rowsOf(before.key)) as { repository: string; tag: string; digest: string }[];
  const names = rows.map(({ repository, tag }) => `${repository}:${tag}`);
  expect(names).toEqual([...names].sort());
  expect(names.indexOf('dev/app-base:v1')).toBeLessThan(names.indexOf('dev/app:v1'));
  expect(new Set(names).size).toBe(207);
  expect(rows.find(({ repository }) => repository === 'dev/multi')?.digest).toBe(index.digest);

  const moved = makeImage('docker', 'moved', [shared]);
  await pushImage(rig.client, 'dev/app', 'latest', moved);
  await pushImage(rig.client, 'dev/app', 'v2', moved);
  await rig.api('DELETE', 'repositories/dev/many/tags/t7');
  const after = await rig.run('snapshotTags', { ...prod, job, name: 'after' });
  const comparison = await rig.run('compareTags', {
    job,
    before: before.key,
    after: after.key,
    name: 'since',
  });
  expect(comparison).toMatchObject({ unchanged: 205, added: 1, changed: 1, removed: 1 });
  expect(await rowsOf(comparison.key)).toEqual([
    { repository: 'dev/app', tag: 'latest', before: app.digest, after: moved.digest },
    { repository: 'dev/app', tag: 'v2', before: null, after: moved.digest },
    { repository: 'dev/many', tag: 't7', before: app.digest, after: null },
  ]);
});

test('a verification with an end in time says where it ended, and another one goes on from there', async () => {
  const job = 'jobs/verify-in-parts';
  const { key: snapshot, tags } = await rig.run('snapshotTags', { ...prod, job, name: 'all' });
  const part = async (from: number, withinMs: number | null) =>
    await rig.run('verifyImages', {
      ...prod,
      job,
      snapshot,
      sample: 0,
      from,
      withinMs,
      name: 'part',
      tolerated: NOTHING,
    });

  const none = await part(0, -1);
  expect(none).toMatchObject({ tags: 0, checkedTo: 0, problems: 0 });
  expect(await part(2, null)).toMatchObject({ tags: tags - 2, checkedTo: tags, problems: 0 });
});

test('every image is verified, and a missing and a tampered blob are named', async () => {
  const job = 'jobs/verify';
  const { key: snapshot, tags } = await rig.run('snapshotTags', { ...prod, job, name: 'all' });
  const verify = async (sample: number) =>
    await rig.run('verifyImages', {
      ...prod,
      job,
      snapshot,
      sample,
      from: 0,
      withinMs: null,
      name: 'all',
      tolerated: NOTHING,
    });

  const well = await verify(3);
  expect(well).toMatchObject({ tags, manifests: 5, problems: 0, pulledTags: 3 });
  // The largest image is in every sample.
  expect(well.pulledBytes).toBeGreaterThan(large.size);
  expect(well.blobs).toBe(
    new Set([app, ...index.children].flatMap(({ blobs }) => blobs.map((b) => b.digest))).size + 1,
  );
  expect(await rowsOf(well.key)).toEqual([]);

  const file = blobFile(large.digest);
  const bytes = await readFile(file);
  const flipped = Buffer.from(bytes);
  flipped[1000]! ^= 1;
  await writeFile(file, flipped);
  expect(await verify(0)).toMatchObject({ problems: 0, pulledTags: 0 });
  const tampered = await verify(1);
  expect(tampered).toMatchObject({ problems: 1, pulledTags: 1 });
  expect(await rowsOf(tampered.key)).toEqual([
    {
      repository: 'dev/multi',
      tag: 'v1',
      problem: 'blob-differs: other bytes than its digest names',
      digest: large.digest,
    },
  ]);

  await writeFile(file, bytes.subarray(1));
  expect(await rowsOf((await verify(0)).key)).toMatchObject([
    { problem: `blob-differs: ${bytes.length - 1} bytes instead of ${bytes.length}` },
  ]);

  await rename(file, `${file}.away`);
  const missing = await verify(2);
  expect(await rowsOf(missing.key)).toEqual([
    { repository: 'dev/multi', tag: 'v1', problem: 'blob-missing', digest: large.digest },
  ]);
  // What was missing before the move, or was accepted as damaged, is known and no problem of the move.
  const again = async (tolerated: { problems: string | null; damagedInPass: number | null }) =>
    await rig.run('verifyImages', {
      ...prod,
      job,
      snapshot,
      sample: 0,
      from: 0,
      withinMs: null,
      name: 'again',
      tolerated,
    });
  expect(await again({ problems: missing.key, damagedInPass: null })).toMatchObject({
    problems: 0,
    known: 1,
  });
  const hex = large.digest.slice('sha256:'.length);
  const damaged = { key: `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, damaged: {} };
  await writeLines(rig.journal, fileOf('result', { job, pass: 3, shard: 0 }), [damaged]);
  expect(await again({ problems: null, damagedInPass: 3 })).toMatchObject({ problems: 0, known: 1 });
  expect(await again({ problems: null, damagedInPass: 2 })).toMatchObject({ problems: 1, known: 0 });
  await writeFile(file, bytes);

  rig.store.run('DELETE FROM manifests WHERE repository = ? AND digest = ?', 'dev/app-base', app.digest);
  expect(await rowsOf((await verify(0)).key)).toEqual([
    { repository: 'dev/app-base', tag: 'v1', problem: 'manifest-missing', digest: app.digest },
  ]);
  await rig.client.pushManifest('dev/app-base', 'v1', { mediaType: app.mediaType, bytes: app.manifest });
});

test('a task is posted once, followed to its end, and found again', async () => {
  const task = async (job: string) =>
    await rig.onDtr(async (dtr) => await runTask(dtr, { job, action: 'onlinegc_events' }));
  const ids = async (action: string): Promise<string[]> =>
    ((await rig.api('GET', `jobs?action=${action}&limit=100`)) as { jobs: { id: string }[] }).jobs.map(
      ({ id }) => id,
    );
  const first = await task('jobs/job');
  expect(first).toMatchObject({ status: 'done' });
  expect(await task('jobs/job')).toEqual(first);
  expect(await ids('onlinegc_events')).toEqual([first.id]);

  // Killed after the job was posted and before its id was written down.
  const file = fileOf('registry-task', { job: 'jobs/killed', action: 'onlinegc_events' });
  await writeRecord(rig.journal, file, { before: [first.id], id: null });
  const posted = (await rig.api('POST', 'jobs', { action: 'onlinegc_events' })) as { id: string };
  const adopted = await task('jobs/killed');
  expect(adopted).toEqual({ id: posted.id, status: 'done' });
  expect(await ids('onlinegc_events')).toHaveLength(2);
  expect(await readRecord(rig.journal, file)).toEqual({ before: [first.id], id: posted.id });

  // Another migration wants a job of its own, although one has run before.
  const other = await task('jobs/other');
  expect([first.id, posted.id]).not.toContain(other.id);
});

test('a failed task is an error with the end of its log', async () => {
  await expect(
    rig.onDtr(async (dtr) => await runTask(dtr, { job: 'jobs/false', action: 'false' })),
  ).rejects.toMatchObject({ type: 'JobFailed', message: expect.stringContaining('exit status 1') });
});

test('waiting for health ends when all replicas are well, and with its cancellation', async () => {
  await rig.run('waitUntilHealthy', { ...prod, replicas: REPLICAS });

  const environment = activityEnvironment();
  environment.on('heartbeat', (details: { waitingFor?: string }) => {
    if (details.waitingFor === 'replica 0000000000ff: not in the cluster') environment.cancel();
  });
  await expect(
    rig.run('waitUntilHealthy', { ...prod, replicas: [...REPLICAS, '0000000000ff'] }, { environment }),
  ).rejects.toMatchObject({ name: 'CancelledFailure' });
});

test('the switch to S3 keeps the tags, and doing it twice is doing it once', async () => {
  const job = 'jobs/switch';
  const before = await rig.run('snapshotTags', { ...prod, job, name: 'before' });
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  await rig.copyImagesToS3();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await rig.run('switchStorage', toS3);
    const { storage } = await rig.run('inspectRegistry', prod);
    expect(storage).toEqual({
      driver: 's3',
      fields: {
        bucket: BUCKET,
        region: rig.s3.region,
        regionendpoint: rig.s3.endpoint,
        rootdirectory: ROOT_DIRECTORY,
        v4auth: true,
        secure: false,
        skipverify: false,
      },
      volume: '',
    });
  }
  await rig.run('setReadOnly', { ...prod, readOnly: false });
  await rig.run('proveWritable', prod);

  const after = await rig.run('snapshotTags', { ...prod, job, name: 'after' });
  expect(after.tags).toBe(before.tags);
  expect(await rowsOf(after.key)).toEqual(await rowsOf(before.key));
  const verification = await rig.run('verifyImages', {
    ...prod,
    job,
    snapshot: before.key,
    sample: 5,
    from: 0,
    withinMs: null,
    name: 'after',
    tolerated: NOTHING,
  });
  expect(verification).toMatchObject({ tags: before.tags, problems: 0, pulledTags: 5 });
  await expect(rig.run('switchStorage', { ...toS3, storage: 'source' })).rejects.toMatchObject({
    type: 'InvalidInput',
  });
});

test('a registry that shows the destination but is not well gets its credentials again', async () => {
  const well = readStorage(rig.store);
  if (well.driver !== 's3') throw new Error('the test before moves the registry to S3');
  writeStorage(rig.store, { ...well, parameters: { ...well.parameters, secretkey: 'mistyped' } });
  const environment = activityEnvironment();
  const [first, second] = rig.environment.inventory.registries['prod']!.replicas;
  const replicas = [first!, { ...second!, url: 'https://127.0.0.1:1' }];
  environment.on('heartbeat', (details: { waitingFor?: string } | undefined) => {
    if (details?.waitingFor !== undefined) environment.cancel();
  });
  await expect(rig.run('switchStorage', toS3, { environment, entry: { replicas } })).rejects.toMatchObject({
    name: 'CancelledFailure',
  });
  expect(readStorage(rig.store)).toEqual(well);
});

test('a refused switch tells status and code, and nothing of what was sent', async () => {
  const access = join(rig.images, '../s3-access');
  const name = await readFile(access, 'utf8');
  const before = readStorage(rig.store);
  if (before.driver !== 's3') throw new Error('the test before moves the registry to S3');
  writeStorage(rig.store, { ...before, parameters: { ...before.parameters, bucket: 'another' } });
  await writeFile(access, 'mistyped-access-key');
  try {
    const failure: unknown = await rig.run('switchStorage', toS3).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'RegistryRefused',
      details: { status: 400, code: 'INVALID_SETTINGS' },
      message: expect.stringMatching(
        /^PUT admin\/settings\/registry of \S+ answered 400 INVALID_SETTINGS\.$/,
      ),
    });
  } finally {
    await writeFile(access, name);
    writeStorage(rig.store, before);
  }
});
