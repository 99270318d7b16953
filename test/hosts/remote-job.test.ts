// Remote jobs over a real sshd: once, whatever happens to those who wait for them.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRemoteJobOutput, removeRemoteJob, runRemoteJob } from '../../activities/hosts/remote-job.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
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

/** A command that writes one line to `runs` each time it is started, and ends when `go` exists. */
const waiting = (name: string): string[] => [
  'sh',
  '-c',
  'cd "$1"; echo run >> runs; echo begun; while [ ! -e go ]; do sleep 0.05; done; echo done; echo warned >&2; exit 5',
  'sh',
  join(servers.dir, name),
];

const folder = async (name: string): Promise<string> => {
  await mkdir(join(servers.dir, name), { recursive: true });
  return join(servers.dir, name);
};

const RESULT = { status: 5, stdoutTail: 'begun\ndone\n', stderrTail: 'warned\n', stdoutBytes: 11 };

describe('a remote job', () => {
  test('is started once when many start it at the same time, and all get its result', async () => {
    const dir = await folder('many');
    const others = [openTestHost(node), openTestHost(node)];
    const waiters = [host, ...others, host].map((on) =>
      runRemoteJob(on, { id: 'many', argv: waiting('many') }),
    );
    await writeFile(join(dir, 'go'), '');
    for (const result of await Promise.all(waiters)) expect(result).toMatchObject(RESULT);
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
    expect(await text(await readRemoteJobOutput(host, 'many'))).toBe('begun\ndone\n');
    for (const other of others) await other.close();
  });

  test('outlives its connection; the same caller and a later one get its result', async () => {
    const dir = await folder('dropped');
    const own = openTestHost(node);
    let polls = 0;
    const first = runRemoteJob(own, {
      id: 'dropped',
      argv: waiting('dropped'),
      onPoll: () => {
        polls += 1;
        if (polls === 1) own.run(['sh', '-c', 'kill -KILL "$PPID"']).catch(() => undefined);
        if (polls === 4) writeFile(join(dir, 'go'), '').catch(() => undefined);
      },
    });
    expect(await first).toMatchObject(RESULT);
    await own.close();
    expect(await runRemoteJob(host, { id: 'dropped', argv: waiting('dropped') })).toMatchObject(RESULT);
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
  });

  test('goes on when its caller is cancelled, and is found again', async () => {
    const dir = await folder('left');
    const controller = new AbortController();
    const reason = new Error('cancelled by the test');
    const cancelled = runRemoteJob(host, {
      id: 'left',
      argv: waiting('left'),
      signal: controller.signal,
      onPoll: () => controller.abort(reason),
    });
    await expect(cancelled).rejects.toBe(reason);
    await writeFile(join(dir, 'go'), '');
    expect(await runRemoteJob(host, { id: 'left', argv: waiting('left') })).toMatchObject(RESULT);
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
  });

  test('is ended with its children when its caller is cancelled and asked for that', async () => {
    await folder('ended');
    const controller = new AbortController();
    const reason = new Error('cancelled by the test');
    const cancelled = runRemoteJob(host, {
      id: 'ended',
      argv: waiting('ended'),
      signal: controller.signal,
      cancel: 'terminate',
      onPoll: () => controller.abort(reason),
    });
    await expect(cancelled).rejects.toBe(reason);
    expect((await runRemoteJob(host, { id: 'ended', argv: waiting('ended') })).status).toBe(143);
  });

  test('is started by the next caller when the first starter died before it had an owner', async () => {
    const dir = await folder('abandoned');
    const job = join(node.stateDir, 'jobs', 'abandoned');
    await mkdir(job, { recursive: true });
    await writeFile(join(job, 'owner.4242'), '4242 1 another-boot\n');
    await writeFile(join(dir, 'go'), '');
    expect(await runRemoteJob(host, { id: 'abandoned', argv: waiting('abandoned') })).toMatchObject(RESULT);
  });

  test('that was killed without a status is never run again by itself', async () => {
    const dir = await folder('killed');
    const job = join(node.stateDir, 'jobs', 'killed');
    let killed = false;
    const running = runRemoteJob(host, {
      id: 'killed',
      argv: waiting('killed'),
      onPoll: () => {
        if (killed) return;
        killed = true;
        host
          .run(['sh', '-c', 'read -r pid rest < "$1/owner"; kill -s KILL -- "-$pid"', 'sh', job])
          .catch(() => undefined);
      },
    });
    await expect(running).rejects.toMatchObject({ type: 'CommandFailed', details: { job: 'killed' } });
    await expect(runRemoteJob(host, { id: 'killed', argv: waiting('killed') })).rejects.toMatchObject({
      type: 'CommandFailed',
    });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
    await removeRemoteJob(host, 'killed');
    await writeFile(join(dir, 'go'), '');
    expect(await runRemoteJob(host, { id: 'killed', argv: waiting('killed') })).toMatchObject(RESULT);
  });

  test('an owner of before a restart of the host counts as killed', async () => {
    const job = join(node.stateDir, 'jobs', 'rebooted');
    await mkdir(job, { recursive: true });
    const [pid, started] = ['1', (await readFile('/proc/1/stat', 'utf8')).split(') ')[1]?.split(' ')[19]];
    await writeFile(join(job, 'owner'), `${pid} ${started} 00000000-0000-0000-0000-000000000000\n`);
    await expect(runRemoteJob(host, { id: 'rebooted', argv: ['true'] })).rejects.toMatchObject({
      type: 'CommandFailed',
    });
  });

  test('gets secrets by its environment and a file of the host as its input', async () => {
    await writeFile(join(servers.dir, 'input'), 'from a file');
    const result = await runRemoteJob(host, {
      id: 'inputs',
      argv: ['sh', '-c', 'cat; printf %s "$TOKEN"; tr "\\0" "\\n" < /proc/$PPID/cmdline >&2'],
      secretEnv: { TOKEN: 'a-secret-4711' },
      stdinFile: join(servers.dir, 'input'),
    });
    expect(result).toMatchObject({ status: 0, stdoutTail: 'from a filea-secret-4711' });
    expect(result.stderrTail).toContain('/proc/$PPID/cmdline');
    expect(result.stderrTail).not.toContain('a-secret-4711');
  });

  test('keeps secrets out of the environment of whoever waits for the command', async () => {
    const dir = await folder('secrets');
    const secrets = { TOKEN: 'a-secret-4711 \'and\' "more" $HOME \\', OTHER: 'two\nlines\n' };
    let looked = '';
    const result = await runRemoteJob(host, {
      id: 'secrets',
      argv: [
        'sh',
        '-c',
        'printf "%s|%s|" "$TOKEN" "$OTHER"; while [ ! -e "$1/go" ]; do sleep 0.05; done; tr "\\0" "\\n" < /proc/$PPID/environ',
        'sh',
        dir,
      ],
      secretEnv: secrets,
      onPoll: () => {
        if (looked !== '') return;
        looked = 'begun';
        void writeFile(join(dir, 'go'), '');
      },
    });
    const [token, other, environment] = result.stdoutTail.split('|');
    expect({ TOKEN: token, OTHER: other }).toEqual(secrets);
    expect(environment).toContain('PATH=');
    expect(environment).not.toMatch(/TOKEN|OTHER|4711/);
  });

  test('is not removed while it runs, and is forgotten when it is removed', async () => {
    const dir = await folder('removed');
    let refused: unknown;
    const running = runRemoteJob(host, {
      id: 'removed',
      argv: waiting('removed'),
      onPoll: () => {
        if (refused !== undefined) return;
        refused = 'asked';
        removeRemoteJob(host, 'removed')
          .catch((error: unknown) => {
            refused = error;
          })
          .finally(() => void writeFile(join(dir, 'go'), ''))
          .catch(() => undefined);
      },
    });
    await running;
    expect(refused).toMatchObject({ type: 'CommandFailed' });
    await removeRemoteJob(host, 'removed');
    await runRemoteJob(host, { id: 'removed', argv: waiting('removed') });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\nrun\n');
  });
});
