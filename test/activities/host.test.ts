// What a directory on a host promises beyond the conformance suite, over a real sshd.

import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lastLines } from '../../activities/hosts/last-lines.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { STAGING_FOLDER } from '../../activities/storage/filesystem/filesystem.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import { openOnHost } from '../../activities/storage/host/open-on-host.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import type { SshHost } from '../../lab/parts/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 512;
const DAY_MS = 24 * 3600_000;
const OTHER = { uid: 4711, gid: 4712 };

let servers: TestServers<{ hosts: SshHost[] }>;
let node: SshHost;
let host: RemoteHost;
let root: string;
let storage: Storage;

beforeAll(async () => {
  servers = await startTestHosts('node-1');
  node = servers.hosts[0] as SshHost;
  host = openTestHost(node);
});
afterAll(async () => {
  await host.close();
  await servers.stop();
});
beforeEach(async () => {
  root = join(node.volumesDir, 'content');
  await rm(root, { recursive: true, force: true });
  await mkdir(root);
  storage = openHostStorage(host, root);
});

const body = Buffer.from('content');

test('new folders and files get the owner and mode of the directory', async () => {
  await chmod(root, 0o750);
  // Only root may give files away; anybody else's stay their own.
  const owner = userInfo().uid === 0 ? OTHER : { uid: userInfo().uid, gid: userInfo().gid };
  await chown(root, owner.uid, owner.gid);
  await storage.write('docker/one/data', body, { size: body.length });
  await storage.writeMany?.([{ key: 'docker/two/data', body, size: body.length }]);
  for (const [path, mode] of [
    ['docker/one', 0o750],
    ['docker/one/data', 0o640],
    ['docker/two', 0o750],
    ['docker/two/data', 0o640],
  ] as const) {
    const found = await stat(join(root, path));
    expect({ path, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid }).toEqual({
      path,
      mode,
      ...owner,
    });
  }
});

test('copies that are asked for at once are made by few commands, holes kept', async () => {
  const from = join(node.volumesDir, 'from');
  await rm(from, { recursive: true, force: true });
  await mkdir(from);
  for (let at = 0; at < 50; at += 1) await writeFile(join(from, `object-${at}`), `content ${at}`);
  const sparse = await open(join(from, 'sparse'), 'w');
  await sparse.write(randomBytes(MIB), 0, MIB, 8 * MIB);
  await sparse.truncate(16 * MIB);
  await sparse.close();
  let commands = 0;
  const counting: RemoteHost = {
    ...host,
    stream: (argv, options) => {
      commands += 1;
      return host.stream(argv, options);
    },
  };
  const destination = openHostStorage(counting, root);
  const source = openHostStorage(host, from);
  const copies = Array.from({ length: 50 }, (_, at) =>
    destination.copyFrom?.(source, `object-${at}`, { size: `content ${at}`.length }),
  );
  await Promise.all([...copies, destination.copyFrom?.(source, 'sparse', { size: 16 * MIB })]);
  expect(commands).toBeLessThanOrEqual(2);
  expect((await readdir(root)).length).toBe(52);
  const copied = await stat(join(root, 'sparse'));
  expect(copied.size).toBe(16 * MIB);
  expect(copied.blocks * BLOCK_BYTES).toBeLessThan(4 * MIB);
});

test('what a killed worker left a day ago is removed', async () => {
  const staging = join(root, STAGING_FOLDER);
  await mkdir(staging);
  await writeFile(join(staging, 'abandoned'), '');
  const then = new Date(Date.now() - 2 * DAY_MS);
  await utimes(join(staging, 'abandoned'), then, then);
  await writeFile(join(staging, 'in-use'), '');
  await storage.write('key', body, { size: body.length });
  expect(await readdir(staging)).toEqual(['in-use']);
});

test('a key that is a folder on the host, or too long a name, is refused', async () => {
  await storage.write('there/is/one', body, { size: body.length });
  for (const key of ['there/is', `a/${'x'.repeat(256)}`]) {
    await expect(storage.write(key, body, { size: body.length })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  }
});

test('a volume is found under both spellings of its name, and a folder below it', async () => {
  await writeFile(
    join(node.binDir, 'docker'),
    `#!/bin/sh
case $3 in
  dtr-registry-nfs-000000000001|images) echo '[{"Mountpoint":"${root}","Options":{}}]';;
  *) echo "Error: No such volume: $3" >&2; exit 1;;
esac
`,
    { mode: 0o755 },
  );
  await mkdir(join(root, 'below'));
  await writeFile(join(root, 'below', 'object'), body);
  for (const volume of ['dtr-nfs-registry-000000000001', 'dtr-registry-nfs-000000000001', 'images']) {
    const opened = await openOnHost(
      'storage',
      { kind: 'host', host: 'node-1', volume, subdirectory: 'below' },
      host,
    );
    expect(await opened.stat('object')).toMatchObject({ size: body.length });
  }
  await expect(
    openOnHost('storage', { kind: 'host', host: 'node-1', volume: 'dtr-registry-000000000001' }, host),
  ).rejects.toMatchObject({ type: 'InvalidInput' });
});

test('the end of an output holds whole lines alone', async () => {
  expect(lastLines('first line\nsecond line\n', 15)).toBe('second line');
  expect(lastLines('a-secret-that-is-cut-in-the-middle', 10)).not.toContain('middle');
  const secret = 'S'.repeat(5000);
  await expect(
    host.check(['sh', '-c', 'echo "$1" >&2; echo why >&2; exit 3', 'sh', secret]),
  ).rejects.toMatchObject({
    message: expect.not.stringContaining('SSSS') as string,
  });
});
