// The worker's own machine answers as a host over SSH does (test/hosts/hosts.test.ts).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocalHost } from './local-host.ts';
import type { RemoteHost } from './remote-host.ts';
import { readRemoteJobOutput, runRemoteJob } from './remote-job.ts';

let stateDir: string;
let host: RemoteHost;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'transship-local-'));
  host = openLocalHost(stateDir);
});

afterAll(async () => await rm(stateDir, { recursive: true }));

test('a command gets exactly the words that were given, its input, and tells its status', async () => {
  const words = ['a b', "it's", '$(id)', '*', '', 'two\nlines'];
  expect((await host.check(['printf', '%s\\0', ...words])).split('\0').slice(0, -1)).toEqual(words);
  const result = await host.run(['sh', '-c', 'cat; echo oops >&2; exit 7'], { input: 'given' });
  expect(result).toEqual({ status: 7, stdout: 'given', stderr: 'oops\n' });
  expect((await host.run(['sh', '-c', 'kill -KILL $$'])).status).toBe(137);
});

test('one that is not there fails like one in a shell', async () => {
  expect(await host.run(['no-such-command-anywhere'])).toMatchObject({ status: 127 });
  await expect(host.check(['sh', '-c', 'echo no such thing >&2; exit 3'])).rejects.toMatchObject({
    type: 'CommandFailed',
    message: expect.stringContaining('no such thing') as string,
  });
});

test('it sees the secrets that it is given, and no variable of the worker', async () => {
  process.env['TRANSSHIP_TEST_VARIABLE'] = 'of the worker';
  const shown = await host.check(['sh', '-c', 'printf %s "$TOKEN"; env'], {
    secretEnv: { TOKEN: 'a secret\n' },
  });
  delete process.env['TRANSSHIP_TEST_VARIABLE'];
  expect(shown).toMatch(/^a secret\n/);
  expect(shown).not.toContain('of the worker');
});

test('it ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const running = host.run(['sleep', '60'], { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('stopped')), 50);
  await expect(running).rejects.toThrow('stopped');
});

test('a remote job is run once there, too', async () => {
  const job = { id: 'once', argv: ['sh', '-c', 'echo run; exit 4'] };
  expect(await runRemoteJob(host, job)).toMatchObject({ status: 4, stdoutTail: 'run\n' });
  expect(await runRemoteJob(host, job)).toMatchObject({ status: 4, stdoutTail: 'run\n' });
  expect(await text(await readRemoteJobOutput(host, 'once'))).toBe('run\n');
});
