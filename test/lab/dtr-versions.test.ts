// What each line of versions does to its tags, done by hand against the stand-in: the traps of the atlas
// (domain/registries/dtr/traps) really lose them, and the documented ways keep them.

import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestS3 } from '../conformance/servers.ts';
import { versionRow } from '../../lab/stand-ins/dtr/versions.ts';
import {
  REPLICAS,
  createSharedVolume,
  installReplicas,
  mustSucceed,
  openStandIn,
  pullImage,
  pushImage,
  runJob,
  tagsOf,
  until,
} from './dtr-stand-in.ts';
import type { Pushed, StandIn } from './dtr-stand-in.ts';

const [REPLICA] = REPLICAS;
const APP = 'admin/app';
const EXPORT = 'nfs://10.10.10.11/data';

let s3: Awaited<ReturnType<typeof startTestS3>>;
let standIn: StandIn;
let image: Pushed;
let buckets = 0;

beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(async () => await s3.stop());
afterEach(async () => await standIn.close());

/** A registry of that version, on the volume of its replica, with one tag. */
async function open(version: string, mode: 'classic' | 'online' = 'online'): Promise<void> {
  standIn = await openStandIn({ version, mode, image: versionRow(version, mode).images[0]! });
  await installReplicas(standIn, 1);
  image = await pushImage(standIn, 1, APP, 'v1');
  expect(image.status).toBe(201);
}

const localVolume = (): string =>
  join(standIn.config.hostsDir, 'node1', 'volumes', `dtr-registry-${REPLICA}`, '_data');

/** Copies the content to where the flags or settings lead, and follows them. */
type Act = () => Promise<void>;

const reconfigure = async (...flags: string[]): Promise<string> =>
  (await mustSucceed(standIn.bootstrap('reconfigure', ['--existing-replica-id', REPLICA, ...flags]))).stderr;

const toExport =
  (...flags: string[]): Act =>
  async () => {
    await cp(localVolume(), join(standIn.dir, 'nfs', '10.10.10.11', 'data'), { recursive: true });
    await reconfigure('--nfs-storage-url', EXPORT, ...flags);
  };

const toVolume =
  (...flags: string[]): Act =>
  async () => {
    await cp(localVolume(), await createSharedVolume(standIn, 'new-images'), { recursive: true });
    await reconfigure('--dtr-storage-volume', 'new-images', ...flags);
  };

const toCloud =
  (more: { keep_metadata?: boolean }): Act =>
  async () => {
    const { s3: server, dir } = s3;
    const bucket = `versions-${(buckets += 1)}`;
    await cp(localVolume(), join(dir, 's3', bucket), { recursive: true });
    const { status } = await standIn.send(1, 'PUT', '/api/v0/admin/settings/registry', {
      storage: {
        redirect: { disable: true },
        s3: {
          ...{ bucket, rootdirectory: '', region: server.region, regionendpoint: server.endpoint },
          ...{ accesskey: server.accessKey, secretkey: server.secretKey, secure: false, v4auth: true },
        },
      },
      ...more,
    });
    expect(status).toBe(202);
  };

/** S0's best practice by hand. */
const restored =
  (...flags: string[]): Act =>
  async () => {
    await cp(localVolume(), await createSharedVolume(standIn, 'new-images'), { recursive: true });
    await cp(localVolume(), join(standIn.dir, 'nfs', '10.10.10.11', 'data'), { recursive: true });
    const existing = ['--existing-replica-id', REPLICA];
    const { stdout: archive } = await mustSucceed(standIn.bootstrap('backup', existing));
    await mustSucceed(standIn.bootstrap('destroy', ['--replica-id', REPLICA]));
    const made = ['--replica-id', REPLICA, '--ucp-node', 'node1'];
    await mustSucceed(standIn.bootstrap('restore', [...made, ...flags], archive));
  };

const KEEP = { keep_metadata: true };

describe('a switch', () => {
  test.each<[what: string, version: string, act: Act]>([
    ['reconfigure --nfs-storage-url', '2.5.15', toExport()],
    ['the settings', '2.5.15', toCloud({})],
    ['reconfigure --nfs-storage-url', '2.6.3', toExport()],
    ['restore --nfs-storage-url', '2.6.3', restored('--nfs-storage-url', EXPORT)],
    ['the settings, with keep_metadata', '2.6.5', toCloud(KEEP)],
    ['reconfigure without --storage-migrated', '2.6.4', toExport()],
    ['reconfigure without --storage-migrated', '2.8.13', toVolume()],
    ['the settings without keep_metadata', '2.6.6', toCloud({})],
    ['the settings without keep_metadata', '2.8.13', toCloud({})],
    ['reconfigure --reinitialize-storage', '2.9.29', toVolume('--reinitialize-storage')],
    ['reconfigure --reinitialize-storage', '2.10.0', toExport('--reinitialize-storage')],
  ])('erases every tag by %s of %s', async (_what, version, act) => {
    await open(version);
    await act();
    expect(await tagsOf(standIn, APP)).toEqual([]);
    expect(await pullImage(standIn, 1, APP, image)).toEqual({ manifest: 404, layer: 404 });
  });

  test.each<[what: string, version: string, act: Act]>([
    ['reconfigure --dtr-storage-volume (S1)', '2.5.15', toVolume()],
    ['restore --dtr-storage-volume', '2.6.3', restored('--dtr-storage-volume', 'new-images')],
    ['reconfigure --storage-migrated', '2.6.4', toExport('--async-nfs', '--storage-migrated')],
    ['reconfigure --storage-migrated', '2.8.13', toVolume('--storage-migrated')],
    ['the settings with keep_metadata', '2.6.6', toCloud(KEEP)],
    ['the settings with keep_metadata', '2.8.13', toCloud(KEEP)],
    ['reconfigure', '2.9.29', toExport()],
    ['reconfigure', '2.10.0', toVolume()],
    ['the settings', '2.10.0', toCloud({})],
  ])('keeps every tag by %s of %s', async (_what, version, act) => {
    await open(version);
    await act();
    expect(await tagsOf(standIn, APP)).toEqual(['v1']);
    expect(await pullImage(standIn, 1, APP, image)).toEqual({ manifest: 200, layer: 200 });
  });

  test.each(['2.9.29', '2.10.0'])(
    'MSR %s keeps its tags, and serves what was copied alone',
    async (version) => {
      await open(version);
      await createSharedVolume(standIn, 'empty');
      await reconfigure('--dtr-storage-volume', 'empty');
      expect(await tagsOf(standIn, APP)).toEqual(['v1']);
      expect(await pullImage(standIn, 1, APP, image)).toEqual({ manifest: 200, layer: 404 });
    },
  );

  test('by a flag that the version does not know is none', async () => {
    await open('2.6.3');
    const flags = ['--existing-replica-id', REPLICA, '--nfs-storage-url', EXPORT, '--storage-migrated'];
    const { status, stderr } = await standIn.bootstrap('reconfigure', flags);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('flag provided but not defined: -storage-migrated') as string,
    });
    expect(await pullImage(standIn, 1, APP, image)).toEqual({ manifest: 200, layer: 200 });
  });

  test('leaves NFS by an empty URL', async () => {
    await open('2.9.29');
    await toExport()();
    await pushImage(standIn, 1, APP, 'on-nfs');
    await rm(localVolume(), { recursive: true });
    await cp(join(standIn.dir, 'nfs', '10.10.10.11', 'data'), localVolume(), { recursive: true });
    await reconfigure('--nfs-storage-url', '');
    expect(await standIn.json(1, '/meta/settings')).toMatchObject({ nfsHost: '', storageVolume: '' });
    expect(await tagsOf(standIn, APP)).toEqual(['on-nfs', 'v1']);
  });
});

describe('DTR 2.5', () => {
  test('classic DTR 2.5 rebuilds the tags of what was copied, and of nothing else', async () => {
    await open('2.5.15', 'classic');
    await toVolume()();
    const later = await pushImage(standIn, 1, APP, 'later');
    expect(later.status).toBe(201);
    await until(async () => ((await tagsOf(standIn, APP)).length === 2 ? true : undefined));
    expect(await pullImage(standIn, 1, APP, image)).toEqual({ manifest: 200, layer: 200 });

    await createSharedVolume(standIn, 'empty');
    await reconfigure('--dtr-storage-volume', 'empty');
    expect(await runJob(standIn, 'tagmigration')).toBe('done');
    expect(await tagsOf(standIn, APP)).toEqual([]);
  });

  test('DTR 2.5 takes readOnlyRegistry and stays writable', async () => {
    await open('2.5.15');
    const { status } = await standIn.send(1, 'POST', '/api/v0/meta/settings', { readOnlyRegistry: true });
    expect(status).toBe(202);
    expect(await standIn.json(1, '/meta/settings')).not.toHaveProperty('readOnlyRegistry');
    expect((await pushImage(standIn, 1, APP, 'v2')).status).toBe(201);
    expect((await standIn.send(1, 'GET', '/api/v0/meta/alerts')).status).toBe(404);
  });

  test.each(['classic', 'online'] as const)('tells its garbage collection: %s', async (mode) => {
    await open('2.5.15', mode);
    const features = await standIn.json<Record<string, boolean>>(1, '/meta/features');
    expect(features['metadataStoreOptedIn']).toBe(mode === 'online');
    // Both spellings of states are played; which version has which is assumed.
    expect(await runJob(standIn, 'false')).toBe('error');
  });
});
