// A host that restarts under a remote job: its sshd and everything that ran there are gone, and come back without the job.

import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { runRemoteJob } from '../../activities/hosts/remote-job.ts';
import { killProcess } from '../../lab/process.ts';
import { type SshHost, sshProcessName, startSshHosts } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';

let servers: TestServers<{ hosts: SshHost[] }>;
let host: RemoteHost;
let node: SshHost;

beforeAll(async () => {
  servers = await startTestHosts('node-1');
  node = servers.hosts[0] as SshHost;
  host = openTestHost(node);
});
afterAll(async () => {
  await host.close();
  await servers.stop();
});

/** Writes one line to `runs` each time it is started, and ends when `go` exists. */
async function job(name: string): Promise<{ id: string; argv: string[]; dir: string }> {
  const dir = join(servers.dir, name);
  await mkdir(dir);
  const script = 'cd "$1"; echo run >> runs; while [ ! -e go ]; do sleep 0.05; done; echo done';
  return { id: name, argv: ['sh', '-c', script, 'sh', dir], dir };
}

const begun = (dir: string): Promise<void> =>
  expect
    .poll(
      () =>
        access(join(dir, 'runs')).then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);
const goDown = (): Promise<void> => killProcess(servers.dir, sshProcessName(node.name));
const comeBack = async (): Promise<void> => void (await startSshHosts(servers.dir, { nodes: [node] }));
const killJob = async (id: string): Promise<void> => {
  const [pid] = (await readFile(join(node.stateDir, 'jobs', id, 'owner'), 'utf8')).split(' ');
  process.kill(-Number(pid), 'SIGKILL');
};

test('the job is said to be of unknown outcome, and is not run again by itself', async () => {
  const { dir, ...killed } = await job('killed');
  const running = runRemoteJob(host, killed).catch((error: unknown) => error);
  await begun(dir);
  await goDown();
  await killJob('killed');
  await comeBack();
  expect(await running).toMatchObject({
    type: 'CommandFailed',
    message: expect.stringContaining('was killed or the host was restarted') as string,
  });
  await expect(runRemoteJob(host, killed)).rejects.toMatchObject({ type: 'CommandFailed' });
  expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
});

test('one whose sshd alone was restarted goes on, and its result is found', async () => {
  const { dir, ...left } = await job('left');
  const running = runRemoteJob(host, left);
  await begun(dir);
  await goDown();
  await comeBack();
  await writeFile(join(dir, 'go'), '');
  expect(await running).toMatchObject({ status: 0, stdoutTail: 'done\n' });
  expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
});
