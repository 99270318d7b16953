// Backup, destroy and restore of the stand-in, and what a garbage collection does to pushes that the backup does not know.

import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  REPLICAS,
  createSharedVolume,
  installReplicas,
  mustSucceed,
  openStandIn,
  pullImage,
  pushImage,
  runJob,
  selfSigned,
  tagsOf,
} from './dtr-stand-in.ts';
import type { StandIn } from './dtr-stand-in.ts';
import { extract } from 'tar-stream';
import { Readable } from 'node:stream';
import { stat } from 'node:fs/promises';

const [REPLICA, SECOND] = REPLICAS;
const VOLUME = 'images';

let standIn: StandIn;

beforeEach(async () => {
  standIn = await openStandIn();
  await createSharedVolume(standIn, VOLUME);
  await installReplicas(standIn, 1, ['--dtr-storage-volume', VOLUME]);
});
afterEach(() => standIn.close());

const backUp = async (): Promise<Buffer> =>
  (await mustSucceed(standIn.bootstrap('backup', ['--existing-replica-id', REPLICA]))).stdout;
const destroy = (id: string = REPLICA) => mustSucceed(standIn.bootstrap('destroy', ['--replica-id', id]));
const restore = (archive: Buffer, ...flags: string[]) =>
  standIn.bootstrap('restore', ['--replica-id', REPLICA, '--ucp-node', 'node1', ...flags], archive);

/** The fingerprint of the certificate that is shown there. */
const shownAt = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });

test('the archive has the documented folders, one file for each row, and nothing of the images', async () => {
  await pushImage(standIn, 1, 'admin/app', 'v1');
  const names: string[] = [];
  for await (const entry of Readable.from([await backUp()]).pipe(extract())) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect(names.slice(0, 2)).toEqual(['dtr-backup-v2.7.9/', 'dtr-backup-v2.7.9/rethink/']);
  expect(names).toEqual(
    expect.arrayContaining(
      [
        'properties/0',
        'crons/0',
        'repositories/0',
        'tags/0',
        'manifests/0',
        'blobs/1',
        'blob_links/1',
        'webhooks/',
      ].map((name) => `dtr-backup-v2.7.9/rethink/${name}`),
    ),
  );
  expect(names).not.toContain('dtr-backup-v2.7.9/rethink/tags/1');
});

test('a restore brings back tags, crons and settings as they were, with a single replica', async () => {
  await mustSucceed(standIn.bootstrap('join', ['--replica-id', SECOND, '--existing-replica-id', REPLICA]));
  const image = await pushImage(standIn, 1, 'admin/app', 'v1');
  await standIn.send(1, 'POST', '/api/v0/crons', { action: 'onlinegc', schedule: '0 0 1 * * 6' });
  await standIn.send(1, 'POST', '/api/v0/meta/settings', { readOnlyRegistry: true });
  const archive = await backUp();
  await destroy(SECOND);
  await destroy();
  await mustSucceed(restore(archive, '--dtr-storage-volume', VOLUME));
  expect(await tagsOf(standIn, 'admin/app')).toEqual(['v1']);
  expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
  expect(await standIn.json(1, '/crons/onlinegc')).toMatchObject({ schedule: '0 0 1 * * 6' });
  expect((await pushImage(standIn, 1, 'admin/app', 'v2')).status).toBe(405);
  const { replica_health } = await standIn.json<{ replica_health: object }>(1, '/meta/cluster_status');
  expect(replica_health).toEqual({ [REPLICA]: 'OK' });
  await mustSucceed(standIn.bootstrap('join', ['--replica-id', SECOND, '--existing-replica-id', REPLICA]));
  expect(await pullImage(standIn, 2, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
});

test('a restore that is not told of proxies, syslog and certificates comes back without them', async () => {
  const { certificate, key } = await selfSigned(standIn.dir, ['own.pem', 'own-key.pem']);
  const set = {
    httpProxy: 'http://10.0.0.8:3128',
    noProxy: '10.0.0.0/8',
    logProtocol: 'tcp',
    logHost: '10.0.0.9:514',
    logLevel: 'WARN',
    dtrHost: 'https://dtr.example.com',
    webTLSCert: certificate,
  };
  const flags = [
    ...['--http-proxy', set.httpProxy, '--no-proxy', set.noProxy, '--log-protocol', set.logProtocol],
    ...['--log-host', set.logHost, '--log-level', set.logLevel, '--dtr-external-url', set.dtrHost],
    ...['--dtr-cert', certificate, '--dtr-key', key],
  ];
  await mustSucceed(standIn.bootstrap('reconfigure', ['--existing-replica-id', REPLICA, ...flags]));
  expect(await standIn.json(1, '/meta/settings')).toMatchObject({ ...set, sso: true });
  const archive = await backUp();
  await destroy();
  await mustSucceed(restore(archive, '--dtr-storage-volume', VOLUME));
  expect(await standIn.json(1, '/meta/settings')).toMatchObject({
    ...Object.fromEntries(Object.keys(set).map((name) => [name, ''])),
    logProtocol: 'internal',
    logLevel: 'INFO',
    sso: false,
  });
  await destroy();
  await mustSucceed(restore(archive, '--dtr-storage-volume', VOLUME, ...flags));
  expect(await shownAt(standIn.urlOf(1))).toBe(new X509Certificate(certificate).fingerprint256);
});

test('garbage collection after a restore deletes the blobs of every push since the backup', async () => {
  const kept = await pushImage(standIn, 1, 'admin/app', 'kept');
  const archive = await backUp();
  const lost = await pushImage(standIn, 1, 'admin/app', 'lost');
  await destroy();
  await mustSucceed(restore(archive, '--dtr-storage-volume', VOLUME));
  expect(await tagsOf(standIn, 'admin/app')).toEqual(['kept']);
  const dataOf = (digest: string): string => {
    const hex = digest.slice('sha256:'.length);
    return join(
      standIn.dir,
      'shared',
      VOLUME,
      'docker/registry/v2/blobs/sha256',
      hex.slice(0, 2),
      hex,
      'data',
    );
  };
  await expect(stat(dataOf(lost.layer))).resolves.toBeDefined();
  expect(await runJob(standIn, 'onlinegc_blobs')).toBe('done');
  await expect(stat(dataOf(lost.layer))).rejects.toThrow('ENOENT');
  expect(await pullImage(standIn, 1, 'admin/app', kept)).toEqual({ manifest: 200, layer: 200 });
});

test('garbage collection deletes an image whose tag was deleted, but not a layer that another image has', async () => {
  const image = await pushImage(standIn, 1, 'admin/app', 'v1');
  const other = await pushImage(standIn, 1, 'admin/app', 'v2');
  await standIn.send(1, 'DELETE', '/api/v0/repositories/admin/app/tags/v1');
  expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
  expect(await runJob(standIn, 'onlinegc')).toBe('done');
  expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 404, layer: 404 });
  expect(await pullImage(standIn, 1, 'admin/app', other)).toEqual({ manifest: 200, layer: 200 });
});

test('destroy takes the local volume with the images, but not a volume that was named', async () => {
  const own = `dtr-registry-${REPLICA}`;
  expect((await standIn.docker(1, ['volume', 'inspect', own])).status).toBe(0);
  await destroy();
  expect((await standIn.docker(1, ['volume', 'inspect', own])).status).toBe(1);
  expect((await standIn.docker(1, ['volume', 'inspect', VOLUME])).status).toBe(0);
  expect((await standIn.docker(1, ['ps', '-aq'])).stdout.toString()).toBe('');
});

test('"default storage" means the local volume for a cluster that had a named one', async () => {
  const image = await pushImage(standIn, 1, 'admin/app', 'v1');
  const archive = await backUp();
  await destroy();
  await mustSucceed(restore(archive, '--dtr-use-default-storage'));
  expect(await standIn.json(1, '/meta/settings')).toMatchObject({ storageVolume: '' });
  expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 404 });
});

test('a restore is refused without a storage flag, beside living replicas, and for a damaged archive', async () => {
  await pushImage(standIn, 1, 'admin/app', 'v1');
  const archive = await backUp();
  const withoutFlag = await restore(archive);
  expect(withoutFlag.status).not.toBe(0);
  expect(withoutFlag.stderr).toContain(
    'FATA[0000] Must explicitly set one of --dtr-use-default-storage, --dtr-storage-volume, or --nfs-storage-url',
  );
  expect((await restore(archive, '--dtr-storage-volume', VOLUME)).stderr).toContain('DTR replicas exist');
  await destroy();
  const truncated = await restore(archive.subarray(0, archive.length / 2), '--dtr-storage-volume', VOLUME);
  expect(truncated.status).not.toBe(0);
  expect(truncated.stderr).toContain('unexpected EOF');
  await mustSucceed(restore(archive, '--dtr-storage-volume', VOLUME));
});
