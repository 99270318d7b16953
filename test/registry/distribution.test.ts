// What is particular to a plain registry, on two real processes of Distribution 2.8, of which one is reached over SSH.

import { spawn } from 'node:child_process';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { said } from '../support/said.ts';
import type { DistributionReplicaEntry, S3StorageEntry } from '../../contracts/inventory.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { stopProcess } from '../../lab/process.ts';
import { type DistributionRig, startDistributionRig } from './distribution-rig.ts';
import { activityEnvironment } from './registry-rig.ts';

const prod = { registry: 'prod' };
const VERSION = '2.8.2+ds1';

let rig: DistributionRig;
let originals: string[];
let job: string;
let runs = 0;

const replicas = (): DistributionReplicaEntry[] => rig.entry.replicas;
const configs = async (): Promise<string[]> =>
  await Promise.all(replicas().map(async ({ config }) => await readFile(config, 'utf8')));
const toS3 = () => ({
  ...prod,
  job,
  version: VERSION,
  storage: 's3-prod',
  how: 'configuration',
  replica: 'here',
});
const restartOf = (index: number): string[] => replicas()[index]!.restart;
/** A registry with the restart command of one replica in the place of its own. */
const withRestart = (index: number, restart: string[]) => ({
  replicas: replicas().map((replica, at) => (at === index ? { ...replica, restart } : replica)),
});

beforeAll(async () => {
  rig = await startDistributionRig('debian-2.8');
  await pushImage(rig.client, 'dev/app', 'v1', makeImage('docker', 'app', [await textLayer('app', 3_000)]));
  originals = await configs();
});

afterAll(async () => await rig.stop());

beforeEach(() => {
  runs += 1;
  job = `jobs/registry-prod/run-${runs}`;
});

test('a switch that the first replica does not come up with is put back, and the others never hear of it', async () => {
  // Comes up with the old configuration, and not with the new one.
  const [sh, script] = [
    '/bin/sh',
    'grep -q "s3:" "$1" && { echo no such bucket >&2; exit 1; }; shift; exec "$@"',
  ];
  const entry = withRestart(0, [sh, '-c', script, 'sh', replicas()[0]!.config, ...restartOf(0)]);
  await expect(rig.run('switchStorage', toS3(), { entry })).rejects.toMatchObject({
    type: 'RegistryRefused',
    message: expect.stringContaining('no such bucket') as string,
  });
  expect(await configs()).toEqual(originals);
  await rig.run('waitUntilHealthy', { ...prod, replicas: ['here', 'there'] });
  const { uses } = await rig.run('locateStorage', { ...prod, among: ['source', 's3-prod'] });
  expect(uses).toEqual(['source']);
});

test('a storage that its own program cannot open is found before the plan, and before anything is restarted', async () => {
  const entry = rig.environment.inventory.storages['s3-prod'] as S3StorageEntry;
  const storages = { 's3-prod': { ...entry, secretkey: { file: join(rig.dir, 'password') } } };
  const neverRestarted = {
    replicas: replicas().map((replica) => ({ ...replica, restart: ['/bin/false'] })),
  };
  const { findings } = await rig.run('inspectRegistry', { ...prod, destination: 's3-prod' }, { storages });
  expect(said(findings).stops).toEqual(
    ['here', 'there'].map((id) =>
      expect.stringContaining(`The program of replica ${id} cannot open s3-prod`),
    ),
  );
  await expect(rig.run('switchStorage', toS3(), { storages, entry: neverRestarted })).rejects.toMatchObject({
    type: 'RegistryRefused',
  });
  expect(await configs()).toEqual(originals);
  expect((await rig.run('inspectRegistry', { ...prod, destination: 's3-prod' })).findings).toEqual([]);
});

test('an attempt that follows one that was killed between the file and the restart restarts', async () => {
  const killed = withRestart(0, ['/bin/sh', '-c', 'kill -KILL $$']);
  await expect(rig.run('setReadOnly', { ...prod, readOnly: true }, { entry: killed })).rejects.toMatchObject({
    type: 'CommandFailed',
  });
  expect((await configs())[0]).toContain('readonly');
  // The file says so, the process does not.
  await expect(rig.run('proveReadOnly', prod)).rejects.toMatchObject({ type: 'ReadOnlyNotEnforced' });
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  expect(await rig.run('proveReadOnly', prod)).toHaveLength(2);

  // One that runs with what it should is left alone.
  const untouched = {
    replicas: replicas().map((replica) => ({ ...replica, restart: ['/bin/false'] })),
  };
  await rig.run('setReadOnly', { ...prod, readOnly: true }, { entry: untouched });
  await rig.run('setReadOnly', { ...prod, readOnly: false });
  expect(await configs()).toEqual(originals);
});

test('on the way out a replica that does not come up keeps no other read-only', async () => {
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  const broken = withRestart(0, ['/bin/false']);
  await expect(rig.run('setReadOnly', { ...prod, readOnly: false }, { entry: broken })).rejects.toMatchObject(
    {
      type: 'CommandFailed',
    },
  );
  await expect(rig.run('proveReadOnly', prod)).rejects.toMatchObject({
    details: { replicas: ['there (202)'] },
  });
  await rig.run('setReadOnly', { ...prod, readOnly: false });
  expect(await rig.run('proveWritable', prod)).toHaveLength(2);
});

test('on the way out one that is dead for good is not waited for, unless it is the last one', async () => {
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  await stopProcess(rig.dir, 'plain-there');
  await rig.run('setReadOnly', { ...prod, readOnly: false }, { entry: withRestart(1, ['/bin/false']) });
  expect(await rig.run('proveWritable', prod)).toEqual([
    { replica: 'here', status: 201 },
    expect.objectContaining({ replica: 'there', problem: expect.any(String) as string }) as unknown,
  ]);
  await expect(
    rig.run(
      'setReadOnly',
      { ...prod, without: ['here'], readOnly: false },
      { entry: withRestart(1, ['/bin/false']) },
    ),
  ).rejects.toMatchObject({ type: 'CommandFailed' });
  // When it is back it takes pushes: its configuration says so.
  await rig.run('setReadOnly', { ...prod, readOnly: false });
  expect(await rig.run('proveWritable', prod)).toEqual([
    { replica: 'here', status: 201 },
    { replica: 'there', status: 201 },
  ]);
});

test('one that was given up is neither told nor waited for', async () => {
  await stopProcess(rig.dir, 'plain-there');
  const without = ['there'];
  await rig.run('setReadOnly', { ...prod, without, readOnly: true });
  await rig.copyImagesToS3();
  await rig.run('switchStorage', { ...toS3(), without });
  expect((await configs())[1]).toBe(originals[1]);
  expect((await rig.run('locateStorage', { ...prod, without, among: ['s3-prod', 'source'] })).uses).toEqual([
    's3-prod',
  ]);
  await rig.run('switchStorage', { ...toS3(), without, storage: 'source' });
  await rig.run('setReadOnly', { ...prod, without, readOnly: false });
  await rig.onRegistry(async ({ replicas: all }) => expect(all).toHaveLength(2));
  const [command = '', ...args] = restartOf(1);
  await new Promise((resolve) => spawn(command, args).once('close', resolve));
});

test('garbage is collected in read-only mode alone, and pushes wait for a collection to end', async () => {
  await expect(rig.run('collectGarbage', { ...prod, job, version: VERSION })).rejects.toMatchObject({
    type: 'RegistryRefused',
  });

  const collecting = spawn('/bin/sh', ['-c', 'sleep 60; exit', 'garbage-collect', replicas()[0]!.config]);
  const state = await rig.run('inspectRegistry', prod);
  expect(state.runningTasks).toEqual([
    expect.objectContaining({ action: 'garbage-collect', collects: true }) as unknown,
  ]);
  await rig.run('setReadOnly', { ...prod, readOnly: true });
  const environment = activityEnvironment();
  environment.on('heartbeat', (details: { waitingFor?: string } | undefined) => {
    if (details?.waitingFor?.includes('garbage-collect') === true) collecting.kill();
  });
  await rig.run('setReadOnly', { ...prod, readOnly: false }, { environment });
  expect(collecting.killed).toBe(true);
  expect(await rig.run('proveWritable', prod)).toHaveLength(2);
});

test('variables that override the configuration are found on the process, and no value of them is shown', async () => {
  const { config } = replicas()[1]!;
  const pretender = spawn('/bin/sh', ['-c', 'sleep 60; exit', 'serve', config], {
    env: { REGISTRY_STORAGE_S3_SECRETKEY: 'not-to-be-shown', REGISTRY_STORAGE_DELETE_ENABLED: 'true' },
  });
  try {
    const { findings } = await rig.run('inspectRegistry', prod);
    expect(said(findings).stops).toEqual([
      expect.stringContaining('REGISTRY_STORAGE_S3_SECRETKEY override') as unknown,
    ]);
    expect(JSON.stringify(findings)).not.toContain('not-to-be-shown');
    expect(JSON.stringify(findings)).not.toContain('DELETE');
  } finally {
    pretender.kill();
  }
});

test('where deletion is off our tags stay, the plan says so, and nothing fails', async () => {
  for (const { config } of replicas())
    await writeFile(config, (await readFile(config, 'utf8')).replace('enabled: true #', 'enabled: false #'));
  for (const index of [0, 1]) {
    const [command = '', ...args] = restartOf(index);
    await new Promise((resolve) => spawn(command, args).once('close', resolve));
  }
  const { findings } = await rig.run('inspectRegistry', prod);
  expect(said(findings)).toEqual({
    stops: [],
    others: ['here', 'there'].map((id) => expect.stringContaining(`off on replica ${id}`) as unknown),
  });
  expect(await rig.run('proveWritable', prod)).toHaveLength(2);
  const planted = await rig.run('plantCanaries', { ...prod, job });
  await rig.run('removeCanaries', prod);
  expect(planted).toHaveLength(2);
});

test('a configuration that everybody can read, replicas in different places, and what stays beside the file are said', async () => {
  const [first, second] = replicas() as [DistributionReplicaEntry, DistributionReplicaEntry];
  await chmod(first.config, 0o644);
  const readable = await rig.run('inspectRegistry', { ...prod, destination: 's3-prod' });
  expect(said(readable.findings).others).toContainEqual(expect.stringContaining('Everybody on'));
  await rig.run('backUpMetadata', {
    ...prod,
    job,
    version: VERSION,
    name: 'before',
    replica: 'here',
    holding: null,
  });
  expect(await readdir(dirname(first.config))).toContain(`config.yml.transship-run-${runs}`);

  const text = await readFile(second.config, 'utf8');
  await writeFile(second.config, text.replace(rig.images, `${rig.images}-other`));
  const { findings, storage } = await rig.run('inspectRegistry', prod);
  expect(said(findings).stops).toContainEqual(expect.stringContaining('different places'));
  expect(storage.driver).toBe('(several)');
  await writeFile(second.config, text);
  await rm(`${first.config}.transship-run-${runs}`);
});
