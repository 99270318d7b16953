// Commands on hosts, over a real sshd.

import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { openSshHost } from '../../activities/hosts/ssh-host.ts';
import { openHostStorage } from '../../activities/storage/host/host.ts';
import { hostEntryOf, type SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';

let servers: TestServers<{ hosts: SshHost[] }>;
let entry: SshHost;

beforeAll(async () => {
  servers = await startTestHosts('node-1', 'node-2');
  entry = servers.hosts[0] as SshHost;
});

afterAll(() => servers.stop());

/** Also where every command runs by sudo. */
describe.each([undefined, 'sudo -n'])('a command on a host, with become: %s', (become) => {
  let host: RemoteHost;

  beforeAll(() => {
    host = openTestHost(entry, become);
    return () => host.close();
  });

  test('gets exactly the words that were given', async () => {
    const words = ['a b', "it's", '"', '$(id)', '`id`', '\\', '*', '', '-n', 'two\nlines', 'ünï', ';&|<>#!'];
    const stdout = await host.check(['printf', '%s\\0', ...words]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  test('has its status, both outputs and its input', async () => {
    const result = await host.run(['sh', '-c', 'cat; echo oops >&2; exit 7'], { input: 'given' });
    expect(result).toEqual({ status: 7, stdout: 'given', stderr: 'oops\n' });
  });

  test('that ends at once keeps its status, however busy the worker is', async () => {
    for (let n = 0; n < 20; n += 1) {
      const running = host.run(['sh', '-c', 'exit 9']);
      // Lets the whole answer arrive in one piece.
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30), 2);
      expect((await running).status).toBe(9);
    }
  });

  test('that a signal ends has the status that a shell would show', async () => {
    expect((await host.run(['sh', '-c', 'kill -KILL $$'])).status).toBe(137);
  });

  test('that fails is named with the end of its output by check', async () => {
    await expect(host.check(['sh', '-c', 'echo no such thing >&2; exit 3'])).rejects.toMatchObject({
      type: 'CommandFailed',
      message: expect.stringContaining('no such thing') as string,
      details: { status: 3 },
    });
  });

  test('streams in both directions without loss', async () => {
    const bytes = randomBytes(5_000_000);
    const command = await host.stream(['cat']);
    const [, back] = await Promise.all([
      pipeline(Readable.from([bytes]), command.stdin),
      buffer(command.stdout),
    ]);
    expect(back.equals(bytes)).toBe(true);
    expect((await command.done).status).toBe(0);
  });

  test('gets secrets in its environment and in no argument list', async () => {
    const secret = `line\n with 'quotes' and $(id) and a newline\n`;
    const shown = await host.check(
      [
        'sh',
        '-c',
        'printf %s "$TOKEN"; printf "\\0%s\\0" "$OTHER"; cat; cat /proc/[0-9]*/cmdline 2>/dev/null | grep -c -a -F "c2VjcmV0-marker" || true',
      ],
      { secretEnv: { TOKEN: secret, OTHER: 'b' }, input: 'the input' },
    );
    expect(shown.split('\0').slice(0, 2)).toEqual([secret, 'b']);
    expect(shown.split('\0')[2]).toContain('the input');
    const lines = await host.check(
      ['sh', '-c', 'cat /proc/$$/cmdline /proc/$PPID/cmdline | tr "\\0" "\\n"'],
      { secretEnv: { TOKEN: 'plain-secret-4711' } },
    );
    expect(lines).not.toContain('plain-secret-4711');
    expect(lines).not.toContain(Buffer.from('plain-secret-4711').toString('base64'));
  });

  test('many at once are more than one connection carries', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => host.check(['sh', '-c', 'sleep 0.1; echo "$1"', 'sh', String(n)])),
    );
    expect(answers.map((answer) => answer.trim())).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
  });

  test('ends with the reason of its signal', async () => {
    const reason = new Error('cancelled by the test');
    const controller = new AbortController();
    const running = host.run(['sleep', '60'], { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    await expect(running).rejects.toBe(reason);
    await expect(host.run(['true'], { signal: controller.signal })).rejects.toBe(reason);
  });

  test('fails as HostUnreachable when its connection breaks, and the next one connects again', async () => {
    const own = openTestHost(entry, become);
    // Above the shell, and above sudo, is the sshd process of this connection.
    const script =
      'p=$PPID; until grep -q sshd "/proc/$p/comm"; do p=$(cut -d" " -f4 "/proc/$p/stat"); done; kill -KILL "$p"; sleep 5';
    await expect(own.run(['sh', '-c', script])).rejects.toMatchObject({
      type: 'HostUnreachable',
    });
    expect(await own.check(['echo', 'again'])).toBe('again\n');
    await own.close();
  });
});

const key = (): Promise<string> => readFile(entry.keyFile, 'utf8');

describe('a host', () => {
  test('with another key than the pinned one is refused', async () => {
    const other = servers.hosts[1] as SshHost;
    const wrong = openSshHost('node-1', { ...hostEntryOf(entry), hostKeys: [other.hostKey] }, key);
    await expect(wrong.run(['true'])).rejects.toMatchObject({ type: 'HostKeyMismatch' });
  });

  test('with a key of another type than the pinned one is refused', async () => {
    const rsa = { ...hostEntryOf(entry), hostKeys: ['ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=='] };
    await expect(openSshHost('node-1', rsa, key).run(['true'])).rejects.toMatchObject({
      type: 'HostKeyMismatch',
    });
  });

  test('that does not answer is HostUnreachable', async () => {
    const closed = openSshHost('gone', { ...hostEntryOf(entry), port: 1 }, key);
    await expect(closed.run(['true'])).rejects.toMatchObject({ type: 'HostUnreachable' });
  });

  test('that refuses the client key, or a key that is none, is AccessDenied', async () => {
    const stranger = openSshHost('node-1', hostEntryOf(entry), () =>
      readFile(`${servers.dir}/ssh/node-2_ed25519`, 'utf8'),
    );
    await expect(stranger.run(['true'])).rejects.toMatchObject({ type: 'AccessDenied' });
    const none = openSshHost('node-1', hostEntryOf(entry), () => Promise.resolve('no key'));
    await expect(none.run(['true'])).rejects.toMatchObject({ type: 'AccessDenied' });
  });
});

const answer = async (become: string, work: (host: RemoteHost) => Promise<unknown>): Promise<unknown> => {
  const host = openTestHost(entry, become);
  try {
    return await work(host);
  } finally {
    await host.close();
  }
};
const whoami = (host: RemoteHost): Promise<string> => host.check(['id', '-un']);

describe('becoming another user', () => {
  test('is done for each command', async () => {
    expect(await answer('sudo -n -u nobody', whoami)).toBe('nobody\n');
  });

  test.each([
    // sudo itself, asked by a user who may do nothing.
    ['setpriv --reuid=65534 --clear-groups sudo -n', 'asks for a password'],
    ['setpriv --reuid=65534 --clear-groups sudo', 'asks for a password'],
    ['no-such-sudo -n', 'cannot be run'],
  ])('by %s says why it cannot, whatever was asked for', async (become, why) => {
    const denied = { type: 'AccessDenied', message: expect.stringContaining(why) as string };
    for (const work of [
      whoami,
      (host: RemoteHost) => host.run(['true']),
      async (host: RemoteHost) => await buffer((await host.stream(['cat'])).stdout),
      (host: RemoteHost) => Array.fromAsync(openHostStorage(host, entry.volumesDir).list({})),
      (host: RemoteHost) =>
        openHostStorage(host, entry.volumesDir).write('key', Buffer.from('x'), { size: 1 }),
    ])
      await expect(answer(become, work)).rejects.toMatchObject(denied);
  });

  test('that wants a terminal is said, and what a command itself says is not taken for it', async () => {
    const sudo = join(entry.binDir, 'sudo-with-requiretty');
    await writeFile(sudo, '#!/bin/sh\necho "sudo: sorry, you must have a tty to run sudo" >&2; exit 1\n');
    await chmod(sudo, 0o755);
    await expect(answer('sudo-with-requiretty -n', whoami)).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringContaining('!requiretty') as string,
    });
    const none = await answer('sudo -n', (host) => host.run(['env', 'no-such-command']));
    expect(none).toMatchObject({ status: 127 });
    const result = await answer('sudo -n', (host) =>
      host.run(['sh', '-c', 'echo "no such thing" >&2; exit 1']),
    );
    expect(result).toMatchObject({ status: 1, stderr: 'no such thing\n' });
  });
});
