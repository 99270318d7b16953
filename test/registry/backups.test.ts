// What the bootstrapper's activities leave behind on a host, over a real sshd; a script stands in for `docker`.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRebuildActivities } from '../../activities/registry/rebuild-activities.ts';
import { createRegistryActivities } from '../../activities/registry/registry-activities.ts';
import type { Environment } from '../../activities/environment.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { fileOf } from '../../activities/journal/keys.ts';
import { writeRecord } from '../../activities/journal/record.ts';
import type { DtrRegistryEntry, Inventory } from '../../contracts/inventory.ts';
import type {
  MetadataBackup,
  RebuildActivities,
  RegistryActivities,
} from '../../contracts/registry-activities.ts';
import type { SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';
import { type OddServer, startOddServer } from '../http/odd-server.ts';
import { DEFAULT_COPYING } from '../copying/copying-policy.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';

const REPLICA = '000000000001';
const common = { registry: 'prod', version: '2.7.9', replica: REPLICA };
const ARCHIVE = Buffer.from('an archive');
const backup: MetadataBackup = {
  key: 'final.tar',
  sha256: sha256(ARCHIVE),
  bytes: ARCHIVE.length,
  version: '2.7.9',
  replica: REPLICA,
  rows: {},
};

const KEY = '-----BEGIN PRIVATE KEY-----\nthe key\n-----END PRIVATE KEY-----\n';

let servers: TestServers<{ hosts: SshHost[] }>;
let ssh: SshHost;
let host: RemoteHost;
let api: OddServer;
let entry: DtrRegistryEntry;
let environment: Environment;
let job: string;
let jobs = 0;
let settings: object = {};

beforeAll(async () => {
  servers = await startTestHosts('node-1');
  // All that is asked of the registry itself is its settings.
  api = await startOddServer((_request, response) => void response.end(JSON.stringify(settings)));
  ssh = servers.hosts[0]!;
  host = openTestHost(ssh);
  const storage = join(servers.dir, 'storage');
  await mkdir(storage);
  await writeFile(join(storage, backup.key), ARCHIVE);
  const password = { env: 'PASSWORD' };
  entry = {
    kind: 'dtr',
    url: api.url,
    username: 'admin',
    password,
    ucp: { url: 'https://ucp.example.com', username: 'admin', password, insecureTls: false },
    bootstrapHost: 'node-1',
    replicas: [{ id: REPLICA, host: 'node-1', node: 'node-1', url: 'https://10.0.0.1' }],
    storage: 'old',
    canaryRepository: 'admin/canary',
  };
  const inventory: Inventory = {
    registries: { prod: entry },
    hosts: {},
    storages: {
      new: { kind: 'host', host: 'node-1', volume: 'new-images' },
      'new-s3': {
        kind: 's3',
        bucket: 'images',
        region: 'us-east-1',
        rootdirectory: '',
        v4auth: true,
        secure: true,
        skipverify: false,
      },
    },
    journal: 'journal',
    backups: 'backups',
    approvals: {} as Inventory['approvals'],
    copying: DEFAULT_COPYING,
    schedules: {},
  };
  environment = {
    inventory,
    patience: IMPATIENT,
    resolveSecret: async (ref) => ('env' in ref && ref.env === 'KEY' ? KEY : 'secret'),
    openStorage: async () => openFilesystemStorage(storage),
    openHost: async () => host,
  };
});

afterAll(async () => {
  await host.close();
  await servers.stop();
  await api.stop();
});

beforeEach(() => {
  jobs += 1;
  settings = {};
  delete entry.restore;
  job = `jobs/${jobs}`;
});

const dockerDoes = async (script: string): Promise<void> =>
  await writeFile(join(ssh.binDir, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
type Activities = RegistryActivities & RebuildActivities;
const run = async <Name extends keyof Activities>(
  name: Name,
  request: Parameters<Activities[Name]>[0],
  logger = new DefaultLogger('ERROR'),
): Promise<unknown> => {
  const activities = { ...createRegistryActivities(environment), ...createRebuildActivities(environment) };
  const activity = activities[name] as (of: typeof request) => Promise<unknown>;
  return await new MockActivityEnvironment({}, { logger }).run(activity, request);
};
const leftOnHost = async (): Promise<string[]> => {
  const names = await readdir(ssh.stateDir, { recursive: true });
  return names.filter((name) => name.startsWith(`jobs/jobs-${jobs}-`) || name.startsWith('restore-'));
};

test('"Not erasing tags" is found however much is printed after it, and is a hint: the tags are the proof', async () => {
  const request = { ...common, job, storage: 'new', how: 'reconfigure-storage-migrated' };
  await dockerDoes('echo "Not erasing tags" >&2; head -c 100000 /dev/zero | tr "\\0" x >&2');
  const said: string[] = [];
  const logger = new DefaultLogger('WARN', ({ message }) => void said.push(message));
  await run('switchStorage', request, logger);
  expect(said).toEqual([]);
  await dockerDoes('echo "Tags are kept"');
  await run('switchStorage', { ...request, job: `${job}b` }, logger);
  expect(said).toEqual([expect.stringContaining('does not say "Not erasing tags"')]);
});

test('a command that failed names the folder whose removal lets it run again', async () => {
  await dockerDoes('echo oops >&2; exit 3');
  const failure = (await run('takeDownReplica', { ...common, job }).catch(
    (error: unknown) => error,
  )) as Error & {
    details: { folder: string };
  };
  expect(failure).toMatchObject({ type: 'CommandFailed', message: expect.stringContaining('oops') });
  expect(failure.message).toContain(`remove ${failure.details.folder} on the host`);

  await dockerDoes('exit 0');
  await expect(run('takeDownReplica', { ...common, job })).rejects.toThrow('status 3');
  await rm(failure.details.folder, { recursive: true });
  await run('takeDownReplica', { ...common, job });
});

test('a backup that cannot be used does not stay on the host', async () => {
  await dockerDoes('echo no archive');
  await expect(run('backUpMetadata', { ...common, job, name: 'final', holding: null })).rejects.toMatchObject(
    {
      type: 'BackupInvalid',
    },
  );
  expect(await leftOnHost()).toEqual([]);
});

test('a backup on record is removed from the host by the next attempt', async () => {
  const folder = join(ssh.stateDir, 'jobs', `jobs-${jobs}-backup-final`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'stdout'), 'keys');
  await writeRecord(
    await environment.openStorage('journal'),
    fileOf('backup', { job, name: 'final' }),
    backup,
  );
  expect(await run('backUpMetadata', { ...common, job, name: 'final', holding: null })).toEqual(backup);
  expect(await leftOnHost()).toEqual([]);
});

test.each(['0', '1'])('after a restore with status %s the archive is not on the host', async (status) => {
  await dockerDoes(`cat > ${join(servers.dir, 'restored')}; exit ${status}`);
  const request = { ...common, job, backup, storage: 'new-s3' };
  const [{ status: outcome }] = await Promise.allSettled([run('bringUpReplica', request)]);
  expect(outcome).toBe(status === '0' ? 'fulfilled' : 'rejected');
  expect(await readFile(join(servers.dir, 'restored'))).toEqual(ARCHIVE);
  expect((await leftOnHost()).filter((name) => name.startsWith('restore-'))).toEqual([]);
});

test('an archive that is not the one that was checked never reaches the restore', async () => {
  await dockerDoes(`cat > ${join(servers.dir, 'restored-wrong')}`);
  const other = { ...backup, sha256: sha256(Buffer.from('another archive')) };
  await expect(
    run('bringUpReplica', { ...common, job, backup: other, storage: 'new-s3' }),
  ).rejects.toMatchObject({ type: 'IntegrityMismatch' });
  await expect(readFile(join(servers.dir, 'restored-wrong'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await leftOnHost()).filter((name) => name.startsWith('restore-'))).toEqual([]);
});

test('a secret that takes longer than the window waits for silence is waited for under heartbeats', async () => {
  await dockerDoes('exit 0');
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  let beats = 0;
  const resolving = new Promise<string>((resolve) => {
    env.on('heartbeat', () => {
      beats += 1;
      if (beats === 2) resolve('secret');
    });
  });
  const slow = createRebuildActivities({ ...environment, resolveSecret: async () => await resolving });
  await env.run(async () => await slow.takeDownReplica({ ...common, job }));
  expect(beats).toBeGreaterThanOrEqual(2);
});

test('what the registry said of itself before the first replica went is told to the restore, secrets aside', async () => {
  const folder = join(servers.dir, 'told');
  await mkdir(folder, { recursive: true });
  await dockerDoes(`cat > /dev/null; printf '%s\\n' "$@" > ${folder}/argv; env > ${folder}/env`);
  const certificate = await selfSigned(folder);
  settings = {
    dtrHost: 'images.example.com',
    httpProxy: 'http://proxy.example.com:3128',
    httpsProxy: 'http://somebody:pass-word@proxy.example.com:3128',
    noProxy: 'example.com',
    logHost: '10.0.0.9:514',
    logProtocol: 'udp',
    logLevel: 'DEBUG',
    webTLSCert: certificate,
    webTLSCA: '********',
    replicaSettings: { [REPLICA]: { HTTPPort: 80, HTTPSPort: 4443 } },
  };
  entry.restore = { key: { env: 'KEY' }, httpsProxy: { env: 'PROXY' } };
  await run('takeDownReplica', { ...common, job });
  // Whatever it says of itself when nothing is there any more
  settings = {};
  await run('bringUpReplica', { ...common, job, backup, storage: 'new-s3' });
  const argv = await readFile(join(folder, 'argv'), 'utf8');
  const flags = [
    ...['--replica-https-port', '4443', '--dtr-external-url', 'https://images.example.com'],
    ...['--dtr-use-default-storage', '--http-proxy', 'http://proxy.example.com:3128'],
    ...['--no-proxy', 'example.com', '--log-protocol', 'udp', '--log-host', '10.0.0.9:514'],
    ...['--log-level', 'DEBUG', '--dtr-cert', certificate],
  ];
  expect(argv).toContain(`\n${flags.join('\n')}\n`);
  expect(argv).not.toMatch(/PRIVATE KEY|pass-word|--dtr-key|--dtr-ca|--https-proxy|\*\*\*/);
  const env = await readFile(join(folder, 'env'), 'utf8');
  expect(env).toContain(`DTR_KEY=${KEY.trimEnd()}`);
  expect(env).toContain('DTR_HTTPS_PROXY=secret');
  const kept = await readFile(join(servers.dir, 'storage', fileOf('settings', { job }).key), 'utf8');
  expect(kept).not.toContain('pass-word');
});

async function selfSigned(folder: string): Promise<string> {
  const out = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await promisify(execFile)('openssl', ['req', '-x509', ...newKey, '-subj', '/CN=dtr', ...out]);
  return await readFile(join(folder, 'cert.pem'), 'utf8');
}
