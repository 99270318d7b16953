// The scripts that replace a configuration, run on this machine and killed at every one of their commands.

import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLocalHost } from '../../hosts/local-host.ts';
import type { RemoteHost } from '../../hosts/remote-host.ts';
import { backUpConfig, noteRestarted, readBackup, readConfig, swapConfig } from './config-file.ts';
import type { DistributionReplica } from './distribution.ts';

const OLD = 'storage: {filesystem: {}}\n';
const NEW = 'storage: {s3: {secretkey: hidden}}\n';
const JOB = 'jobs/registry-prod/run-1';

let dir: string;
let config: string;
let host: RemoteHost;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-config-'));
  config = join(dir, 'config.yml');
  host = openLocalHost(dir);
  await writeFile(config, OLD);
  await chmod(config, 0o640);
});

afterEach(async () => await rm(dir, { recursive: true }));

const replica = (on: RemoteHost = host): DistributionReplica =>
  ({ id: 'a', host: on, entry: { config } }) as unknown as DistributionReplica;

/** A host on which each script is killed before its command of that number. */
const killedAt = (at: number): RemoteHost => ({
  ...host,
  run: async (argv, options) => {
    const [sh = '', c = '', script = '', ...rest] = argv;
    const lines = script.split('\n');
    const cut = [...lines.slice(0, at), 'kill -KILL $$', ...lines.slice(at)].join('\n');
    return await host.run([sh, c, cut, ...rest], options);
  },
});

const python = (code: string): string =>
  execFileSync('python3', ['-c', `import os, sys; ${code}`, config]).toString();

it('is replaced as a whole with its mode, and says that a restart is due until one was seen', async () => {
  await swapConfig(replica(), OLD, NEW);
  expect(await readConfig(replica())).toEqual({ text: NEW, mode: '640', restartDue: true });
  await noteRestarted(replica());
  expect(await readConfig(replica())).toEqual({ text: NEW, mode: '640', restartDue: false });
  expect(await readdir(dir)).toEqual(['config.yml']);
});

it('keeps its attributes, as its label is one', async () => {
  python("os.setxattr(sys.argv[1], 'user.kept', b'yes')");
  await swapConfig(replica(), OLD, NEW);
  expect(python("print(os.getxattr(sys.argv[1], 'user.kept'))")).toContain('yes');
});

it('is the old or the new one wherever the script is killed, and the next one ends it', async () => {
  for (let at = 1; at < 20; at += 1) {
    await writeFile(config, OLD);
    await swapConfig(replica(killedAt(at)), OLD, NEW).catch(() => undefined);
    const { text, restartDue } = await readConfig(replica());
    expect([OLD, NEW]).toContain(text);
    expect(text === OLD || restartDue).toBe(true);
    await swapConfig(replica(), text, NEW);
    expect(await readConfig(replica())).toEqual({ text: NEW, mode: '640', restartDue: true });
    await noteRestarted(replica());
    expect(await readdir(dir)).toEqual(['config.yml']);
  }
});

it('what arrives cut off never takes its place', async () => {
  const cutOff: RemoteHost = {
    ...host,
    run: async (argv, options) => await host.run(argv, { ...options, input: NEW.slice(0, 10) }),
  };
  await expect(swapConfig(replica(cutOff), OLD, NEW)).rejects.toMatchObject({ type: 'HostUnreachable' });
  expect(await readConfig(replica())).toEqual({ text: OLD, mode: '640', restartDue: false });
  expect(await readdir(dir)).toEqual(['config.yml']);
});

it('one that somebody else has changed meanwhile is left alone', async () => {
  await writeFile(config, 'by hand\n');
  await expect(swapConfig(replica(), OLD, NEW)).rejects.toMatchObject({ type: 'RegistryUnhealthy' });
  expect(await readFile(config, 'utf8')).toBe('by hand\n');
});

it('a link to it stays a link', async () => {
  const real = join(dir, 'real.yml');
  await writeFile(real, OLD);
  await rm(config);
  await symlink(real, config);
  await swapConfig(replica(), OLD, NEW);
  expect((await lstat(config)).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toBe(NEW);
});

it('is kept once for a run as it was before, with its mode', async () => {
  expect(await readBackup(replica(), JOB)).toBeUndefined();
  for (let at = 1; at < 9; at += 1) {
    await backUpConfig(replica(killedAt(at)), JOB).catch(() => undefined);
    expect([undefined, OLD]).toContain(await readBackup(replica(), JOB));
  }
  await backUpConfig(replica(), JOB);
  await swapConfig(replica(), OLD, NEW);
  await backUpConfig(replica(), JOB);
  expect(await readBackup(replica(), JOB)).toBe(OLD);
  expect((await stat(`${config}.transship-run-1`)).mode & 0o777).toBe(0o640);
});

it('one that cannot be read is said to be so, without what is in it', async () => {
  await rm(config);
  await expect(readConfig(replica())).rejects.toMatchObject({ type: 'CommandFailed' });
  await expect(swapConfig(replica(), OLD, NEW)).rejects.not.toThrow('hidden');
});

it('one that is no UTF-8 is refused when it is read, with what to do', async () => {
  await writeFile(config, Buffer.from('# Gr\u00fc\u00dfe\n', 'latin1'));
  await expect(readConfig(replica())).rejects.toMatchObject({
    type: 'RegistryRefused',
    message: expect.stringContaining('iconv') as string,
  });
  await writeFile(config, '# Gr\u00fc\u00dfe\n');
  expect((await readConfig(replica())).text).toBe('# Gr\u00fc\u00dfe\n');
});
