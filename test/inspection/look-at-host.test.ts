// A look at real hosts over SSH: their clocks, room and programs, and whether a real server with a certificate of its own is
// trusted from there.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { lookAtHost, type Server } from '../../activities/inspection/look-at-host.ts';
import type { HostLook } from '../../contracts/storage-activities.ts';
import { freePort } from '../../lab/free-port.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, startTestS3 } from '../conformance/servers.ts';

const command = promisify(execFile);
const SKEW_S = 1200;

let hosts: Awaited<ReturnType<typeof startTestHosts>>;
let s3: Awaited<ReturnType<typeof startTestS3>>;
let node: SshHost;
let host: RemoteHost;
let pem: string;
let scratch: string;

beforeAll(async () => {
  hosts = await startTestHosts('node-1');
  s3 = await startTestS3({ https: true });
  node = hosts.hosts[0] as SshHost;
  host = openTestHost(node);
  pem = await readFile(s3.ca, 'utf8');
  scratch = await mkdtemp(join(tmpdir(), 'transship-look-'));
});
afterAll(async () => {
  await host.close();
  await hosts.stop();
  await s3.stop();
  await rm(scratch, { recursive: true });
});

const look = async (server: Partial<Server> | null, from: RemoteHost = host): Promise<HostLook> =>
  await lookAtHost(
    from,
    server && { url: s3.s3.endpoint, rootca: null, unverified: false, ...server },
    new AbortController().signal,
  );

test('sees a host that is well, and its storage', async () => {
  const found = await look({ rootca: pem });
  expect(found).toMatchObject({
    host: 'node-1',
    problem: null,
    missing: [],
    clock: { aheadOfWorkerS: 0 },
    server: { url: s3.s3.endpoint, answer: 'trusted-with-rootca', detail: '' },
  });
  expect(Math.abs(found.clock.aheadOfServerS!)).toBeLessThanOrEqual(1);
  expect(found.rooms[0]!.path).toBe(node.stateDir);
  expect(found.rooms[0]!.freeBytes).toBeGreaterThan(0);
  expect(await look(null)).toMatchObject({ server: null, clock: { aheadOfServerS: null } });
});

test('tells who trusts the certificate of the storage there, and who does not', async () => {
  expect((await look({})).server).toMatchObject({
    answer: 'untrusted',
    detail: expect.stringContaining('certificate') as string,
  });
  expect((await look({ unverified: true })).server).toMatchObject({ answer: 'unverified' });
  const closed = `https://127.0.0.1:${await freePort()}`;
  expect((await look({ url: closed })).server).toMatchObject({
    answer: 'unreachable',
    detail: expect.stringContaining('connect') as string,
  });
  const nowhere = await look({ url: 'https://nowhere.invalid' });
  expect(nowhere.server).toMatchObject({ answer: 'unreachable' });
});

test('sees a clock that is wrong, by the worker and by the storage', async () => {
  const wrong = join(node.binDir, 'date');
  await writeFile(wrong, `#!/bin/sh\nexec /usr/bin/date -d '+${SKEW_S} seconds' "$@"\n`, { mode: 0o755 });
  const { clock } = await look({ rootca: pem });
  await rm(wrong);
  for (const aheadS of [clock.aheadOfWorkerS, clock.aheadOfServerS]) {
    expect(aheadS).toBeGreaterThan(SKEW_S - 5);
    expect(aheadS).toBeLessThan(SKEW_S + 5);
  }
});

test('sees how much room is left, in bytes and in inodes, also where nothing is yet', async () => {
  const small = join(scratch, 'small');
  await mkdir(small);
  await command('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=40', 'tmpfs', small]);
  try {
    const stateDir = join(small, 'not yet/there');
    const { rooms } = await look(null, { ...host, stateDir });
    expect(rooms[0]).toEqual({ path: stateDir, freeBytes: 1024 ** 2, freeInodes: 39 });
  } finally {
    await command('umount', [small]);
  }
});

test('names the programs that are not there, and sees what can be seen without them', async () => {
  const bin = join(scratch, 'bin');
  await mkdir(bin);
  for (const tool of await readdir('/usr/bin'))
    if (tool !== 'curl') await symlink(join('/usr/bin', tool), join(bin, tool));
  const found = await look(
    {},
    { ...host, check: (argv, options) => host.check(['env', `PATH=${bin}`, ...argv], options) },
  );
  expect(found).toMatchObject({
    problem: null,
    missing: ['curl'],
    server: null,
    clock: { aheadOfWorkerS: 0 },
  });
  expect(found.rooms).not.toEqual([]);
});

test('says of a host that is away why it was not looked at', async () => {
  const away = openTestHost({ ...node, name: 'node-2', port: await freePort() });
  const found = await look({}, away);
  await away.close();
  expect(found).toMatchObject({
    host: 'node-2',
    problem: expect.stringContaining('node-2') as string,
    server: null,
  });
});

test('leaves nothing on the host', async () => {
  await look({ rootca: pem });
  expect(
    await host.check([
      'sh',
      '-c',
      'ls -d "${TMPDIR:-/tmp}"/tmp.* 2>/dev/null | while read -r f; do [ ! -e "$f/ca" ] || echo "$f"; done',
    ]),
  ).toBe('');
});
