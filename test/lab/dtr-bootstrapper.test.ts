// The stand-in's bootstrapper as a command: flags of each version, terminals, credentials, versions of images.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { flagsOf } from '../../lab/stand-ins/dtr/bootstrapper/flags.ts';
import { REPLICAS, installReplicas, openStandIn } from './dtr-stand-in.ts';
import type { StandIn } from './dtr-stand-in.ts';

const [REPLICA] = REPLICAS;
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn();
  await installReplicas(standIn, 1);
});
afterAll(() => standIn.close());

const names = (...args: Parameters<typeof flagsOf>): string[] => flagsOf(...args).map(({ name }) => name);

const envOf = (version: string): string | undefined =>
  flagsOf('destroy', version).find(({ name }) => name === 'replica-id')?.env;

test('each version knows its own flags', () => {
  expect(names('reconfigure', '2.6.7')).toContain('storage-migrated');
  expect(names('install', '2.6.7')).not.toContain('storage-migrated');
  expect(names('install', '2.6.7')).not.toContain('enable-client-cert-auth');
  expect(names('install', '2.7.0')).toContain('enable-client-cert-auth');
  expect(names('remove', '2.6.12')).not.toContain('force');
  expect(names('remove', '2.7.9')).toContain('force');
  expect(names('restore', '2.7.9')).not.toContain('async-nfs');
  expect(names('restore', '2.8.2')).toContain('async-nfs');
  expect([envOf('2.7.9'), envOf('2.8.2')]).toEqual(['DTR_DESTROY_REPLICA_ID', 'MSR_DESTROY_REPLICA_ID']);
});

test.for([
  ['an unknown flag', ['--reinitialize-storage'], 'flag provided but not defined: -reinitialize-storage'],
  ['a flag of another command', ['--storage-migrated'], 'flag provided but not defined: -storage-migrated'],
  [
    'a replica that is not there',
    ['--existing-replica-id', 'ffffffffffff'],
    "Couldn't find replica ffffffffffff",
  ],
] as const)('backup refuses %s', async ([, flags, message]) => {
  const { status, stderr, stdout } = await standIn.bootstrap('backup', [...flags]);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/^FATA\[0000\] /m);
  expect(stderr).toContain(message);
  expect(stdout).toHaveLength(0);
});

test('a bootstrapper of another version is refused, one that does not exist is not found', async () => {
  const flags = ['--existing-replica-id', REPLICA];
  expect((await standIn.bootstrap('backup', flags, undefined, '2.7.8')).stderr).toContain(
    'has version 2.7.8',
  );
  expect((await standIn.bootstrap('backup', flags, undefined, '2.4.3')).status).toBe(125);
});

test('backup refuses a terminal', async () => {
  const { status, stderr } = await standIn.docker(1, ['run', '-t', '--rm', 'docker/dtr:2.7.9', 'backup']);
  expect(status).not.toBe(0);
  expect(stderr).toContain('FATA[0000] Failed to require no tty: Terminal mode detected.');
});

test('without a terminal a missing password is an error and no question', async () => {
  const known = ['--ucp-url', 'ucp.lab', '--ucp-username', 'ucp-admin', '--ucp-insecure-tls'];
  const { status, stderr } = await standIn.docker(1, [
    'run',
    '-i',
    '--rm',
    'docker/dtr:2.7.9',
    'backup',
    ...known,
  ]);
  expect(status).not.toBe(0);
  expect(stderr).toContain(
    'ucp-password: ERRO[0000] cannot prompt for a password because the container was not started in tty mode (-t)',
  );
});

test('wrong UCP credentials are refused; a name alone in --env takes the value of the caller', async () => {
  const command = ['--env', 'UCP_PASSWORD', 'docker/dtr:2.7.9', 'backup', '--ucp-url', 'ucp.lab'];
  const flags = ['--ucp-username', 'ucp-admin', '--ucp-insecure-tls', '--existing-replica-id', REPLICA];
  const run = (password: string) =>
    standIn.docker(1, ['run', '-i', '--rm', ...command, ...flags], undefined, { UCP_PASSWORD: password });
  expect((await run('wrong')).stderr).toContain(
    'FATA[0000] Failed to connect to UCP: invalid username or password',
  );
  expect((await run('admin-password')).status).toBe(0);
});

test('docker shows version and replica on the labels', async () => {
  const format = '{{.Names}} {{.Label "com.docker.dtr.version"}} {{.Label "com.docker.dtr.replica"}}';
  const listed = await standIn.docker(1, ['ps', '--filter', 'name=dtr-rethinkdb-', '--format', format]);
  expect(listed.stdout.toString()).toBe(`dtr-rethinkdb-${REPLICA} 2.7.9 ${REPLICA}\n`);
  const label = '{{index .Config.Labels "com.docker.dtr.version"}}';
  const inspected = await standIn.docker(1, ['inspect', '--format', label, `dtr-registry-${REPLICA}`]);
  expect(inspected.stdout.toString()).toBe('2.7.9\n');
  expect((await standIn.docker(2, ['ps', '-aq'])).stdout.toString()).toBe('');
});
