// The proof that a copy is the registry's own storage: what a real registry was pushed to on a directory is copied to
// every kind, a real registry starts on each copy, and everything is pulled from it and hashed. And the way back: over
// several kinds to a directory that is the first one, byte for byte.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { isCopied } from '../../domain/storage/content-address.ts';
import type { TagToPull } from '../../lab/content/pull-all.ts';
import { type Certificates, makeCertificates } from '../../lab/servers/certificates.ts';
import {
  type DriverSettings,
  type RegistryRelease,
  type RunningRegistry,
  startRegistry,
} from '../../lab/servers/distribution.ts';
import { googleEnvironment, googleFrontOf, startGoogleFront } from '../../lab/servers/google-front.ts';
import { listProcesses, stopProcess } from '../../lab/process.ts';
import { copyPass, type PassOutcome } from '../conformance/engine.ts';
import { everythingOf } from '../conformance/faulty.ts';
import { open as azure } from '../conformance/kinds/azure.ts';
import { open as gcs } from '../conformance/kinds/gcs.ts';
import { open as host } from '../conformance/kinds/host.ts';
import type { Open, Opened } from '../conformance/kinds/opened.ts';
import { open as s3Ceph } from '../conformance/kinds/s3-ceph.ts';
import { open as s3Swift } from '../conformance/kinds/s3-swift.ts';
import { open as s3 } from '../conformance/kinds/s3.ts';
import { open as swift } from '../conformance/kinds/swift.ts';
import { pushContent, pushMore } from './content.ts';
import { byRepository, pullEverything, tagsOf, withClient } from './registry-view.ts';
import { freePort } from '../../lab/free-port.ts';

const DESTINATIONS: { kind: string; open: Open; release: RegistryRelease }[] = [
  { kind: 'host', open: host, release: 'debian-2.8' },
  { kind: 's3', open: s3, release: 'debian-2.8' },
  { kind: 's3', open: s3, release: 'v3' },
  { kind: 's3-ceph', open: s3Ceph, release: 'debian-2.8' },
  { kind: 's3-swift', open: s3Swift, release: 'debian-2.8' },
  { kind: 'azure', open: azure, release: 'v3' },
  { kind: 'gcs', open: gcs, release: 'v3' },
  { kind: 'swift', open: swift, release: 'debian-2.8' },
];

let dir: string;
let certificates: Certificates;
let source: Storage;
let tags: TagToPull[];
const openings: Opened[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-proof-'));
  certificates = await makeCertificates(dir, ['127.0.0.1']);
  const root = join(dir, 'first');
  await mkdir(root);
  source = openFilesystemStorage(root);
  const registry = await start('first', 'debian-2.8', { filesystem: { rootdirectory: root } });
  tags = await withClient(registry.access, pushContent);
  await registry.stop();
});
afterEach(async () => {
  for (const opened of openings.splice(0)) await opened.stop();
});
afterAll(async () => {
  for (const { name } of await listProcesses(dir)) await stopProcess(dir, name);
  await rm(dir, { recursive: true, force: true });
});

async function start(
  name: string,
  release: RegistryRelease,
  driver: DriverSettings,
  env: Record<string, string> = {},
): Promise<RunningRegistry> {
  return await startRegistry(dir, { name, release, port: await freePort(), driver, certificates, env });
}

async function opening(open: Open): Promise<Opened> {
  const opened = await open();
  openings.push(opened);
  return opened;
}

/** A registry on the copy; the driver of Google's storage insists on an account and on Google's own name. */
async function startOn(name: string, release: RegistryRelease, opened: Opened): Promise<RunningRegistry> {
  const { driver, google } = opened;
  if (!('gcs' in driver) || google === undefined) return await start(name, release, driver);
  const ports = { api: Number(new URL(google).port), front: await freePort() };
  const keyfile = await startGoogleFront(dir, ports);
  const env = googleEnvironment(googleFrontOf(dir, ports));
  return await start(name, release, { gcs: { ...driver.gcs, keyfile } }, env);
}

function expectWhole(copied: PassOutcome): void {
  for (const shard of copied.shards) expect(shard).toMatchObject({ damaged: 0, vanished: 0 });
  expect(copied.results).toHaveLength(copied.list.sourceObjects);
}

describe.each(DESTINATIONS)('a copy on $kind', ({ kind, open, release }) => {
  test(`is the storage of a registry ${release}, which gives everything and takes more`, async () => {
    const opened = await opening(open);
    expectWhole(await copyPass(source, opened.storage));
    const registry = await startOn(`${kind}-${release}`, release, opened);
    try {
      expect(await tagsOf(registry.access)).toEqual(byRepository(tags));
      expect(await pullEverything(registry.access, tags)).toMatchObject({
        pulled: tags.length,
        problems: [],
      });
      const more = await withClient(registry.access, pushMore);
      expect(await pullEverything(registry.access, more)).toMatchObject({ pulled: 2, problems: [] });
    } finally {
      await registry.stop();
    }
  });
});

test('the way over Swift, Azure, Google and S3 back to a directory changes no byte', async () => {
  const last = join(dir, 'last');
  await mkdir(last);
  const stations = [source];
  for (const open of [swift, azure, gcs, s3]) stations.push((await opening(open)).storage);
  stations.push(openFilesystemStorage(last));
  for (const [n, station] of stations.slice(1).entries()) {
    expectWhole(await copyPass(stations[n] as Storage, station));
  }
  const first = await everythingOf(source);
  const copied = Object.fromEntries(Object.entries(first).filter(([key]) => isCopied(key)));
  expect(await everythingOf(stations.at(-1) as Storage)).toEqual(copied);
  const registry = await start('last', 'debian-2.8', { filesystem: { rootdirectory: last } });
  expect(await tagsOf(registry.access)).toEqual(byRepository(tags));
  expect(await pullEverything(registry.access, tags)).toMatchObject({ pulled: tags.length, problems: [] });
  await registry.stop();
});
