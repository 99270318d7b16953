// The stand-in on Azure, Swift and Google storages: taken over with its tags by `keep_metadata`, refused where it cannot be
// used, and garbage collected behind Distribution's back.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Storage } from '@google-cloud/storage';
import type { GoogleFront } from '../../lab/stand-ins/dtr/cluster.ts';
import { startAzurite } from '../../lab/servers/azurite.ts';
import { startFakeGcs } from '../../lab/servers/fake-gcs.ts';
import { googleFrontOf, readAccount, startGoogleFront } from '../../lab/servers/google-front.ts';
import { startSwift, swiftAccount } from '../../lab/servers/swift.ts';
import { listProcesses, stopProcess } from '../../lab/process.ts';
import {
  REPLICAS,
  installReplicas,
  openStandIn,
  pullImage,
  pushImage,
  runJob,
  tagsOf,
  until,
} from './dtr-stand-in.ts';
import type { StandIn } from './dtr-stand-in.ts';
import { freePort } from '../../lab/free-port.ts';

type Place = {
  driver: 'azure' | 'swift' | 'gcs';
  parameters: Record<string, unknown>;
  secret: string;
  /** The same with what the storage refuses. */
  refused: Record<string, unknown>;
  front?: GoogleFront;
  put(key: string, bytes: Buffer): Promise<void>;
  keys(): Promise<string[]>;
};

const CONTAINER = 'images';
const OTHER_KEY = Buffer.from('another account key').toString('base64');

async function openAzure(dir: string): Promise<Place> {
  const server = await startAzurite(dir, { port: await freePort('127.0.0.1'), containers: [CONTAINER] });
  const credential = new StorageSharedKeyCredential(server.account, server.key);
  const container = new ContainerClient(`${server.endpoint}/${CONTAINER}`, credential);
  const parameters = {
    accountname: server.account,
    accountkey: server.key,
    container: CONTAINER,
    serviceurl: server.endpoint,
    rootdirectory: 'dtr',
  };
  return {
    driver: 'azure',
    parameters,
    secret: server.key,
    refused: { ...parameters, accountkey: OTHER_KEY },
    put: async (key, bytes) => {
      await container.getBlockBlobClient(`dtr/${key}`).uploadData(bytes);
    },
    keys: async () => {
      const names: string[] = [];
      for await (const { name } of container.listBlobsFlat()) names.push(name);
      return names;
    },
  };
}

async function openSwift(dir: string): Promise<Place> {
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort('127.0.0.1')));
  const [proxy = 0, account = 0, container = 0, object = 0, memcached = 0] = ports;
  const server = await startSwift(dir, {
    ports: { proxy, account, container, object, memcached },
    containers: [CONTAINER],
  });
  const { url, token } = await swiftAccount(server);
  const headers = { 'x-auth-token': token };
  const parameters = {
    authurl: server.authUrl,
    username: server.username,
    password: server.password,
    container: CONTAINER,
    authversion: 1,
    chunksize: 5_242_880,
  };
  return {
    driver: 'swift',
    parameters,
    secret: server.password,
    refused: { ...parameters, password: 'wrong' },
    put: async (key, bytes) => {
      await fetch(`${url}/${CONTAINER}/files/${key}`, {
        method: 'PUT',
        headers,
        body: new Uint8Array(bytes),
      });
    },
    keys: async () =>
      (await (await fetch(`${url}/${CONTAINER}`, { headers })).text())
        .split('\n')
        .filter((key) => key !== ''),
  };
}

async function openGcs(dir: string): Promise<Place> {
  const ports = { api: await freePort('127.0.0.1'), front: await freePort('127.0.0.1') };
  const { endpoint } = await startFakeGcs(dir, { port: ports.api, buckets: [CONTAINER] });
  const credentials = await readAccount(await startGoogleFront(dir, ports));
  const bucket = new Storage({ apiEndpoint: endpoint, projectId: 'lab' }).bucket(CONTAINER);
  const parameters = { bucket: CONTAINER, rootdirectory: '', credentials };
  return {
    driver: 'gcs',
    parameters,
    secret: String(credentials['private_key']).split('\n')[1] ?? '',
    // The emulator asks nobody who he is.
    refused: { ...parameters, bucket: 'no-such-bucket' },
    front: googleFrontOf(dir, ports),
    put: async (key, bytes) => {
      await bucket.file(key).save(bytes, { resumable: false });
    },
    keys: async () => (await bucket.getFiles())[0].map(({ name }) => name),
  };
}

describe.each([
  ['azure', openAzure],
  ['swift', openSwift],
  ['gcs', openGcs],
])('on %s', (_name, open) => {
  let dir: string;
  let standIn: StandIn;
  let place: Place;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'transship-cloud-'));
    place = await open(dir);
    standIn = await openStandIn({
      distribution3: process.env['DISTRIBUTION_PATH'] ?? 'registry',
      ...(place.front === undefined ? {} : { googleFront: place.front }),
    });
    await installReplicas(standIn, 1);
  });
  afterAll(async () => {
    await standIn.close();
    for (const { name } of await listProcesses(dir)) await stopProcess(dir, name);
    await rm(dir, { recursive: true, force: true });
  });

  const put = (parameters: Record<string, unknown>) =>
    standIn.send(1, 'PUT', '/api/v0/admin/settings/registry', {
      storage: { redirect: { disable: true }, [place.driver]: parameters },
      keep_metadata: true,
    });

  test('is refused where it cannot be used, and taken over with tags and content where it can', async () => {
    const image = await pushImage(standIn, 1, 'admin/app', 'v1');
    const volume = join(standIn.config.hostsDir, 'node1/volumes', `dtr-registry-${REPLICAS[0]}`, '_data');
    for (const file of await readdir(volume, { recursive: true, withFileTypes: true }))
      if (file.isFile()) {
        const path = join(file.parentPath, file.name);
        await place.put(path.slice(volume.length + 1), await readFile(path));
      }

    const refusal = await put(place.refused);
    expect(refusal.status).toBe(400);
    expect(JSON.parse(refusal.body.toString())).toMatchObject({ errors: [{ code: 'INVALID_SETTINGS' }] });
    expect(await standIn.json(1, '/admin/settings/registry')).toMatchObject({ storage: { filesystem: {} } });

    expect((await put(place.parameters)).status).toBe(202);
    expect(await tagsOf(standIn, 'admin/app')).toEqual(['v1']);
    expect(await pullImage(standIn, 1, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
    const shown = await standIn.json(1, '/admin/settings/registry');
    expect(Object.keys((shown as { storage: object }).storage)).toContain(place.driver);
    expect(JSON.stringify(shown)).not.toContain(place.secret);

    const pushed = await pushImage(standIn, 1, 'admin/app', 'v2');
    expect(await pullImage(standIn, 1, 'admin/app', pushed)).toEqual({ manifest: 200, layer: 200 });
    expect((await place.keys()).join()).toContain(pushed.layer.slice('sha256:'.length));
  });

  test('garbage collection deletes what the metadata store does not know, and nothing else', async () => {
    const image = await pushImage(standIn, 1, 'admin/kept', 'v1');
    const orphan = 'ab'.repeat(32);
    await place.put(`docker/registry/v2/blobs/sha256/ab/${orphan}/data`, Buffer.from('x'));
    expect((await place.keys()).join()).toContain(orphan);
    // The age of an object is known to whole seconds.
    await until(async () => {
      expect(await runJob(standIn, 'onlinegc_blobs')).toBe('done');
      return (await place.keys()).join().includes(orphan) ? undefined : true;
    });
    expect(await pullImage(standIn, 1, 'admin/kept', image)).toEqual({ manifest: 200, layer: 200 });
  });
});
