// What only DTR has, with two replicas of the stand-in: its crons, its tasks, and the section of its settings. What it has in
// common with others is in test/registries. The tests share the registry, and each leaves it as it found it: read-write, without
// schedules, on its folder until the last ones move it to S3.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf } from '../../activities/journal/keys.ts';
import { readRecord, writeRecord } from '../../activities/journal/record.ts';
import { runTask } from '../../activities/registry/dtr/run-task.ts';
import { savedSchedules, type Cron } from '../../domain/registries/dtr/collection.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { readStorage, writeStorage } from '../../lab/stand-ins/dtr/settings.ts';
import { rowsIn } from '../journal/rows.ts';
import { activityEnvironment, REPLICAS, startRegistryRig, type RegistryRig } from './registry-rig.ts';

const prod = { registry: 'prod' };
const toS3 = {
  ...prod,
  job: 'jobs/switch',
  version: '2.7.9',
  storage: 's3-prod',
  how: 'keep-metadata',
  replica: REPLICAS[0]!,
};
const CRON: Omit<Cron, 'capacityMap' | 'parameters'> = {
  action: 'onlinegc',
  schedule: '0 0 1 * * 0',
  retries: 0,
  deadline: '15m',
  stopTimeout: '30s',
};

let rig: RegistryRig;

beforeAll(async () => {
  rig = await startRegistryRig();
});
afterAll(async () => {
  await rig.stop();
});

const listCrons = async (): Promise<Cron[]> =>
  ((await rig.api('GET', 'crons')) as { crons: Cron[] }).crons.filter(({ action }) => action.includes('gc'));

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

test('pruning and mirroring write past read-only mode, and stand still with the collection', async () => {
  const job = { ...prod, job: 'jobs/writers' };
  const image = makeImage('docker', 'policies', [await textLayer('policies', 100)]);
  await rig.dtr.createRepository('dev/policies');
  await pushImage(rig.client, 'dev/policies', 'kept', image);
  const tags = async (): Promise<string[]> =>
    ((await rig.api('GET', 'repositories/dev/policies/tags')) as { name: string }[]).map(({ name }) => name);
  const mirror = { from: 'kept', tag: 'mirrored', repository: 'dev/policies' };
  const crons = [
    { ...CRON, action: 'poll_mirror', schedule: '* * * * * *', parameters: mirror },
    { ...CRON, action: 'tag_prune', schedule: '@yearly', parameters: {} },
  ];
  for (const cron of crons) await rig.api('POST', 'crons', cron);
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  await expect.poll(tags, { timeout: 20_000 }).toEqual(['kept', 'mirrored']);

  const { saved } = await rig.run('pauseCollection', job);
  expect(saved.words).toEqual(['poll_mirror * * * * * *', 'tag_prune @yearly']);
  await rig.onRegistry(async (registry) => await registry.removeTag('dev/policies', 'mirrored'));
  await sleep(1500);
  expect(await tags()).toEqual(['kept']);

  await rig.run('resumeCollection', { ...job, saved });
  await expect.poll(tags, { timeout: 20_000 }).toEqual(['kept', 'mirrored']);
  for (const { action } of crons) await rig.api('DELETE', `crons/${action}`);
  await rig.run('setReadOnly', { ...prod, readOnly: false });
});

test('the link to a layer that one of two repositories has lost is missed', async () => {
  const job = 'jobs/lost-link';
  const layer = await textLayer('linked twice', 100);
  const image = makeImage('docker', 'linked twice', [layer]);
  for (const repository of ['dev/first', 'dev/second']) {
    await rig.dtr.createRepository(repository);
    await pushImage(rig.client, repository, 'v1', image);
  }
  const { key: snapshot } = await rig.run('snapshotTags', { ...prod, job, name: 'all' });
  const verify = async () =>
    await rig.run('verifyImages', {
      ...prod,
      ...{ job, name: 'all', snapshot, sample: 0, from: 0, withinMs: null },
      tolerated: { problems: null, damagedInPass: null },
    });
  expect(await verify()).toMatchObject({ problems: 0 });
  const link = ['dev/second', layer.digest] as const;
  rig.store.run('DELETE FROM blob_links WHERE repository = ? AND digest = ?', ...link);
  const { problems, key } = await verify();
  expect(problems).toBe(1);
  expect(await rowsIn(rig.journal, key)).toEqual([
    { repository: 'dev/second', tag: 'v1', problem: 'blob-missing', digest: layer.digest },
  ]);
  rig.store.run('INSERT INTO blob_links (repository, digest, created_ms) VALUES (?, ?, 0)', ...link);
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
  expect(await waited).toEqual({ waitingFor: 'task onlinegc_blobs (gc-1) to end' });
});

test('one replica that still accepts pushes is named', async () => {
  // Another registry stands in for a second replica that did not hear of read-only.
  const other = await startRegistryRig({ password: rig.password });
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
  ).rejects.toMatchObject({ type: 'RegistryTaskFailed', message: expect.stringContaining('exit status 1') });
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

test('the API can be pointed at cloud storages alone, and shows where it is', async () => {
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  await rig.copyImagesToS3();
  await rig.run('switchStorage', toS3);
  expect((await rig.run('inspectRegistry', prod)).storage.driver).toBe('s3');
  await rig.run('setReadOnly', { ...prod, readOnly: false });
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

test('a registry that shows its storage in words of its own is told of it once', async () => {
  const other = await startRegistryRig({ standIn: { habits: { spellsOtherwise: true } } });
  try {
    await other.run('setReadOnly', { ...prod, readOnly: true });
    await other.copyImagesToS3();
    await other.run('switchStorage', toS3);
    expect(readStorage(other.store)).toMatchObject({ driver: 's3', parameters: { bucket: 'images' } });
    // Another attempt cannot know that it was.
    await other.run('switchStorage', toS3);
    expect((await other.run('inspectRegistry', prod)).storage).toMatchObject({
      driver: 's3',
      fields: { bucket: '********' },
    });
  } finally {
    await other.stop();
  }
});
