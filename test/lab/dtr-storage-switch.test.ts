// Switching the storage of the stand-in: without the signal that content has moved, tags are gone for good.

import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { startTestS3 } from '../conformance/servers.ts';
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

let standIn: StandIn;
let image: Pushed;

beforeEach(async () => {
  standIn = await openStandIn();
  await installReplicas(standIn, 1);
  image = await pushImage(standIn, 1, 'admin/app', 'v1');
});
afterEach(() => standIn.close());

const localVolume = (): string =>
  join(standIn.config.hostsDir, 'node1', 'volumes', `dtr-registry-${REPLICA}`, '_data');
const reconfigure = (...flags: string[]) =>
  standIn.bootstrap('reconfigure', ['--existing-replica-id', REPLICA, ...flags]);

describe('reconfigure to another volume', () => {
  test('erases tags without --storage-migrated, also where the content was copied', async () => {
    const folder = await createSharedVolume(standIn, 'new-images');
    await cp(localVolume(), folder, { recursive: true });
    const { stderr } = await mustSucceed(reconfigure('--dtr-storage-volume', 'new-images'));
    expect(stderr).not.toContain('Not erasing tags');
    expect(await tagsOf(standIn, 'admin/app')).toEqual([]);
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 404, layer: 404 });
    expect(await standIn.json(1, '/repositories')).toMatchObject({ repositories: [{ name: 'app' }] });
  });

  test('keeps tags with --storage-migrated, says so, and serves the copied content', async () => {
    const folder = await createSharedVolume(standIn, 'new-images');
    await cp(localVolume(), folder, { recursive: true });
    const { stderr } = await mustSucceed(
      reconfigure('--dtr-storage-volume', 'new-images', '--storage-migrated'),
    );
    expect(stderr).toContain('INFO[0000] The `--storage-migrated` flag is set. Not erasing tags.\n');
    expect(await tagsOf(standIn, 'admin/app')).toEqual(['v1']);
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
    expect(await standIn.json(1, '/meta/settings')).toMatchObject({ storageVolume: 'new-images' });
    const pushed = await pushImage(standIn, 1, 'admin/app', 'v2');
    expect(await blobsIn(folder)).toContain(pushed.layer.slice('sha256:'.length));
  });

  test('with --storage-migrated but nothing copied, tags stay and their blobs are unknown', async () => {
    await createSharedVolume(standIn, 'new-images');
    await mustSucceed(reconfigure('--dtr-storage-volume', 'new-images', '--storage-migrated'));
    expect(await tagsOf(standIn, 'admin/app')).toEqual(['v1']);
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 404 });
  });

  test('to an export shows its address in the settings', async () => {
    await cp(localVolume(), join(standIn.dir, 'nfs', '10.10.10.11', 'data'), { recursive: true });
    await mustSucceed(reconfigure('--nfs-storage-url', 'nfs://10.10.10.11/data', '--storage-migrated'));
    expect(await standIn.json(1, '/meta/settings')).toMatchObject({
      nfsHost: '10.10.10.11',
      nfsPath: '/data',
    });
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
  });
});

describe('admin/settings/registry to S3', () => {
  let s3: { folder: string; parameters: Record<string, unknown>; secretKey: string; stop(): Promise<void> };
  beforeAll(async () => {
    const servers = await startTestS3();
    const server = servers.s3;
    const parameters = {
      rootdirectory: '',
      region: server.region,
      regionendpoint: server.endpoint,
      accesskey: server.accessKey,
      secretkey: server.secretKey,
      secure: false,
      v4auth: true,
    };
    s3 = {
      folder: join(servers.dir, 's3'),
      parameters,
      secretKey: server.secretKey,
      stop: () => servers.stop(),
    };
  });
  afterAll(() => s3.stop());
  beforeEach(async () => {
    s3.parameters = { ...s3.parameters, bucket: `bucket-${Date.now()}` };
    await cp(localVolume(), join(s3.folder, String(s3.parameters['bucket'])), { recursive: true });
  });

  const put = (changes: Record<string, unknown> = {}, parameters: Record<string, unknown> = {}) =>
    standIn.send(1, 'PUT', '/api/v0/admin/settings/registry', {
      storage: { redirect: { disable: true }, s3: { ...s3.parameters, ...parameters } },
      ...changes,
    });

  test('erases tags without keep_metadata', async () => {
    expect((await put()).status).toBe(202);
    expect(await tagsOf(standIn, 'admin/app')).toEqual([]);
  });

  test('keeps tags with keep_metadata, serves the copied content, pushes to S3, and hides the secrets', async () => {
    expect((await put({ keep_metadata: true })).status).toBe(202);
    expect(await tagsOf(standIn, 'admin/app')).toEqual(['v1']);
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
    const pushed = await pushImage(standIn, 1, 'admin/app', 'v2');
    expect(await blobsIn(join(s3.folder, String(s3.parameters['bucket'])))).toContain(
      pushed.layer.slice('sha256:'.length),
    );
    const settings = await standIn.json(1, '/admin/settings/registry');
    expect(settings).toMatchObject({
      storage: { s3: { bucket: s3.parameters['bucket'], region: 'us-east-1' } },
    });
    expect(JSON.stringify(settings)).not.toContain(s3.secretKey);
  });

  test('refuses a storage that cannot be used and changes nothing', async () => {
    const answer = await put({ keep_metadata: true }, { secretkey: 'wrong' });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ errors: [{ code: 'INVALID_SETTINGS' }] });
    expect(await standIn.json(1, '/admin/settings/registry')).toMatchObject({ storage: { filesystem: {} } });
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
  });

  test('garbage collection deletes from S3 what the metadata store does not know', async () => {
    await put({ keep_metadata: true });
    const bucket = join(s3.folder, String(s3.parameters['bucket']));
    const orphan = 'ab'.repeat(32);
    const folder = join(bucket, 'docker/registry/v2/blobs/sha256/ab', orphan);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'data'), 'x');
    // The age of an object is known to whole seconds.
    await until(async () => {
      expect(await runJob(standIn, 'onlinegc_blobs')).toBe('done');
      return (await blobsIn(bucket)).includes(orphan) ? undefined : true;
    });
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
  });
});

async function blobsIn(root: string): Promise<string[]> {
  const files = await readdir(join(root, 'docker/registry/v2/blobs/sha256'), { recursive: true });
  return files.filter((file) => file.endsWith('/data')).map((file) => file.split('/')[1] ?? '');
}
