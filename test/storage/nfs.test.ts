// NFS as a storage of kind `host`. What an NFS server gives to its clients is tried on a real one, nfs-ganesha; mounting is
// not, because test machines have no NFS client in their kernel: there a `mount` of the lab host binds the exported
// folder, and what the real mount would be told is checked by its arguments.

import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { checkExport } from '../../activities/storage/host/host-nfs.ts';
import { parseExport } from '../../activities/storage/host/nfs-mount.ts';
import { openOnHost } from '../../activities/storage/host/open-on-host.ts';
import type { HostStorageEntry } from '../../contracts/inventory.ts';
import { type NfsServer, startNfs } from '../../lab/servers/nfs.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';
import { freePort } from '../../lab/free-port.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const OWNER = { uid: 1234, gid: 2345 };

let servers: TestServers<{ hosts: SshHost[] }>;
let nfs: NfsServer;
let host: RemoteHost;
let node: SshHost;
let mounts: string;

beforeAll(async () => {
  servers = await startTestHosts('node-1');
  node = servers.hosts[0] as SshHost;
  nfs = await startNfs(servers.dir, { port: await freePort(), mountPort: await freePort() });
  mounts = join(servers.dir, 'mounts');
  // Its last two arguments are those of mount(8): what, and where.
  await writeFile(
    join(node.binDir, 'mount'),
    `#!/bin/sh
echo "$*" >> ${mounts}
for last do what=\${where:-}; where=$last; done
case $what in
  *:${nfs.exportDir}) exec /usr/bin/mount --bind ${nfs.exportDir} "$where";;
  *:/forbidden) echo "mount.nfs: access denied by server while mounting $what" >&2; exit 32;;
  *:/no-client) echo "mount: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program." >&2; exit 32;;
  *) echo "mount.nfs: mounting $what failed, reason given by server: No such file or directory" >&2; exit 32;;
esac
`,
    { mode: 0o755 },
  );
  host = openTestHost(node);
});
afterAll(async () => {
  const { stdout } = await run('sh', ['-c', `grep -o '${servers.dir}/[^ ]*' /proc/self/mounts || true`]);
  for (const folder of stdout.split('\n').filter(Boolean)) await run('umount', [folder]);
  await host.close();
  await servers.stop();
});

const url = (): string => `nfs://${nfs.address}${nfs.exportDir}`;
const entry = (more: Partial<HostStorageEntry> = {}): HostStorageEntry => ({
  kind: 'host',
  host: 'node-1',
  nfs: { url: url(), options: 'rw,nfsvers=3,sec=sys' },
  ...more,
});

test('what is written to an export is served by version 3 and 4, with owner and mode', async () => {
  const registry = join(nfs.exportDir, 'registry');
  await mkdir(registry, { mode: 0o750 });
  await chown(registry, OWNER.uid, OWNER.gid);
  const storage = await openOnHost('nfs', entry({ subdirectory: 'registry' }), host);
  const body = Buffer.from('a layer');
  await storage.write('docker/one/data', body, { size: body.length });
  await storage.writeMany?.([{ key: 'docker/two/data', body, size: body.length }]);
  // Version 4 names users, and this server maps none.
  const numbered = await run('nfs-ls', [nfs.urls.version3.replace('?', '/registry/docker/two?')]);
  expect(numbered.stdout).toMatch(/\b1234\s+2345\b/);
  for (const at of [nfs.urls.version3, nfs.urls.version4]) {
    const below = (path: string): string => at.replace('?', `/registry/docker/${path}?`);
    for (const object of ['one', 'two']) {
      expect((await run('nfs-cat', [below(`${object}/data`)])).stdout).toBe('a layer');
    }
    expect((await run('nfs-ls', [below('two')])).stdout).toMatch(/^-rw-r-----/m);
  }
});

test('an export is mounted once, with its options and with what keeps it from acting on the host', async () => {
  await rm(mounts, { force: true });
  await openOnHost('nfs', entry(), host);
  await openOnHost('nfs', entry(), host);
  await openOnHost('nfs', entry({ nfs: { url: url(), options: 'rw,vers=4.1' } }), host);
  const told = (await readFile(mounts, 'utf8')).trim().split('\n');
  expect(told.filter((line) => line.includes('vers=4.1'))).toEqual([
    expect.stringContaining(
      `-t nfs -o rw,vers=4.1,nosuid,nodev,noexec,retry=0,actimeo=0,lookupcache=none -- ${nfs.address}:${nfs.exportDir}`,
    ),
  ]);
  expect(told.filter((line) => line.includes('nfsvers=3')).length).toBeLessThanOrEqual(1);
});

test('an export that was unmounted is no empty storage', async () => {
  const storage = await openOnHost('nfs', entry({ nfs: { url: url(), options: 'ro' } }), host);
  await writeFile(join(nfs.exportDir, 'object'), 'bytes');
  expect((await buffer(await storage.read('object'))).toString()).toBe('bytes');
  const { stdout } = await run('sh', ['-c', `grep -o '${node.stateDir}/nfs/[^ ]*' /proc/self/mounts`]);
  for (const folder of stdout.trim().split('\n')) await run('umount', [folder]);
  const unavailable = {
    type: 'StorageMismatch',
    message: expect.stringContaining('does not exist') as string,
  };
  await expect(storage.list({})[Symbol.asyncIterator]().next()).rejects.toMatchObject(unavailable);
  await expect(storage.readMany(['object'])[Symbol.asyncIterator]().next()).rejects.toMatchObject(
    unavailable,
  );
  await expect(storage.write('key', Buffer.from('x'), { size: 1 })).rejects.toMatchObject(unavailable);
});

test.each([
  { path: '/forbidden', type: 'AccessDenied' },
  { path: '/no-client', type: 'CommandFailed' },
  { path: '/nowhere', type: 'InvalidInput' },
])('an export that cannot be mounted for one reason, $path, says so', async ({ path, type }) => {
  await expect(
    openOnHost('nfs', entry({ nfs: { url: `nfs://${nfs.address}${path}` } }), host),
  ).rejects.toMatchObject({ type });
});

test('the checks of S1 ask the real server for its exports and try to mount', async () => {
  const good = await checkExport([host], { url: url() }, signal);
  expect(good).toEqual([
    { action: `showmount -e ${nfs.address} from node-1`, ok: true },
    { action: `mount ${url()} on node-1`, ok: true },
  ]);
  const bad = await checkExport([host], { url: `nfs://${nfs.address}/nowhere` }, signal);
  expect(bad.map(({ ok }) => ok)).toEqual([false, false]);
  expect(bad[0]?.problem).toContain(`it exports ${nfs.exportDir}`);
});

test.each(['rw,nfsvers=5', 'rw;reboot', 'sec=none', 'rw -o x', 'vers=2'])(
  'options %s are refused',
  (options) => {
    expect(() => parseExport({ url: 'nfs://server/export', options })).toThrow('the NFS export');
  },
);
