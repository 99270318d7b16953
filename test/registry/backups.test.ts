// What the bootstrapper's activities leave behind on a host and a worker, over a real sshd; a script stands in for `docker`. The
// archive holds a marker, which must be in clear nowhere, however a backup or a restore ends.

import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { promisify } from 'node:util';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
import { remoteJobId } from '../../activities/registry/dtr/bootstrapper.ts';
import { inMemory } from '../../activities/registry/dtr/host-memory.ts';
import type { DtrRegistryEntry, Inventory } from '../../contracts/inventory.ts';
import type {
  BackupContent,
  MetadataBackup,
  RebuildActivities,
  RegistryActivities,
} from '../../contracts/registry-activities.ts';
import { hostEntryOf, type SshHost } from '../../lab/servers/ssh-hosts.ts';
import { openTestHost, startTestHosts, type TestServers } from '../conformance/servers.ts';
import { type OddServer, startOddServer } from '../http/odd-server.ts';
import { DEFAULT_COPYING } from '../copying/copying-policy.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { sha256 } from '../support/digests.ts';
import { repositoriesOn } from '../support/repositories.ts';

const REPLICA = '000000000001';
const common = { registry: 'prod', version: '2.7.9', replica: REPLICA };
const MARKER = `private-key-${randomUUID()}`;
const TABLES = ['properties', 'repositories', 'tags', 'manifests', 'blobs', 'blob_links', 'crons'];
const NOTHING_SERVED: BackupContent = { repositories: 0, tags: 0, manifests: 0, blobs: 0, links: 0 };
const KEY = '-----BEGIN PRIVATE KEY-----\nthe key\n-----END PRIVATE KEY-----\n';
const SECRETS: Record<string, string> = { KEY, BACKUP_PASSPHRASE: 'correct horse' };

let archive: Buffer;
/** Where the vendor's part is: nobody hunts there. */
let vendor: string;
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
  vendor = await mkdtemp(join(tmpdir(), 'transship-vendor-'));
  archive = await archiveWithMarker();
  await writeFile(join(vendor, 'archive.tar'), archive);
  for (const folder of ['journal', 'backups']) await mkdir(join(servers.dir, folder));
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
    repositories: repositoriesOn('backups'),
    backups: 'main',
    approvals: {} as Inventory['approvals'],
    copying: DEFAULT_COPYING,
  };
  environment = {
    inventory,
    patience: IMPATIENT,
    resolveSecret: async (ref) => ('env' in ref && SECRETS[ref.env]) || 'secret',
    openStorage: async (name) => openFilesystemStorage(join(servers.dir, name)),
    openHost: async () => host,
  };
});

afterAll(async () => {
  await host.close();
  await servers.stop();
  await api.stop();
  await rm(vendor, { recursive: true });
});

beforeEach(async () => {
  await rm(join(ssh.binDir, 'stat'), { force: true });
  jobs += 1;
  settings = {};
  SECRETS['BACKUP_PASSPHRASE'] = 'correct horse';
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
  context?: MockActivityEnvironment,
): Promise<unknown> => {
  const activities = { ...createRegistryActivities(environment), ...createRebuildActivities(environment) };
  const activity = activities[name] as (of: typeof request) => Promise<unknown>;
  return await (context ?? new MockActivityEnvironment({}, { logger })).run(activity, request);
};
const backUp = async (
  more: { holding?: BackupContent; context?: MockActivityEnvironment } = {},
): Promise<MetadataBackup> => {
  const request = { ...common, job, name: 'final', holding: more.holding ?? null };
  return (await run('backUpMetadata', request, undefined, more.context)) as MetadataBackup;
};
const bringUp = async (backup: MetadataBackup, context?: MockActivityEnvironment): Promise<unknown> =>
  await run('bringUpReplica', { ...common, job, backup, storage: 'new-s3' }, undefined, context);
const giveArchive = (): Promise<void> => dockerDoes(`cat ${vendor}/archive.tar`);
const inHostMemory = () => inMemory(host, remoteJobId(job, `restore-${REPLICA}`));
const exists = async (path: string): Promise<boolean> =>
  await stat(path).then(
    () => true,
    () => false,
  );
const sealedFile = (): string =>
  join(servers.dir, 'backups', 'migrations', 'prod', String(jobs), 'metadata-final-v2.7.9.tar.gpg');

/** Files of hosts, worker, journal and repository that hold the marker in clear. */
async function inClear(): Promise<string[]> {
  const own = (await readdir('/dev/shm')).filter((name) => name.startsWith('transship-'));
  const spools = (await readdir(tmpdir())).filter((name) => name.startsWith('transship-sealed-'));
  const places = [
    servers.dir,
    ...own.map((name) => join('/dev/shm', name)),
    ...spools.map((name) => join(tmpdir(), name)),
  ];
  const { stdout } = await promisify(execFile)('grep', [
    '-rlsF',
    '-D',
    'skip',
    '-e',
    MARKER,
    ...places,
  ]).catch((error: { code: number; stdout: string }) => error);
  return stdout.split('\n').filter((line) => line !== '');
}

async function archiveWithMarker(): Promise<Buffer> {
  const tar = pack();
  for (const table of TABLES)
    for (let row = 0; row < 40; row += 1)
      tar.entry(
        { name: `dtr-backup-v2.7.9-online/rethink/${table}/${row}` },
        JSON.stringify({ MARKER, noise: randomBytes(3000).toString('hex') }),
      );
  tar.finalize();
  return await buffer(tar);
}

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

test('a backup lies encrypted in the repository, in clear nowhere, and is taken once', async () => {
  await dockerDoes(`printf '%s\\n' "$@" > ${vendor}/argv; cat ${vendor}/archive.tar`);
  const backup = await backUp();
  expect(backup).toMatchObject({ sha256: sha256(archive), bytes: archive.length });
  const stored = await readFile(sealedFile());
  expect(backup.stored).toEqual({ repository: 'main', sha256: sha256(stored), bytes: stored.length });
  expect(await readFile(join(vendor, 'argv'), 'utf8')).toMatch(/^run\n--rm\n-i\n--log-driver\nnone\n/);
  expect(await inClear()).toEqual([]);

  await dockerDoes('exit 9');
  expect(await backUp()).toEqual(backup);
});

test('the hunt finds what is in clear', async () => {
  const file = join(ssh.stateDir, 'in-clear');
  await writeFile(file, archive);
  expect(await inClear()).toEqual([file]);
  await rm(file);
});

test.each<[string, string, string]>([
  ['that is no archive', 'echo no archive', 'BackupInvalid'],
  ['that is cut off', 'head -c 100000 VENDOR/archive.tar', 'BackupInvalid'],
  ['of a command that fails at its end', 'cat VENDOR/archive.tar; exit 1', 'CommandFailed'],
])('a backup %s is stored nowhere, and the next attempt takes another', async (_what, script, type) => {
  await dockerDoes(script.replace('VENDOR', vendor));
  await expect(backUp()).rejects.toMatchObject({ type });
  expect(await exists(sealedFile())).toBe(false);
  expect(await inClear()).toEqual([]);
  await giveArchive();
  expect(await backUp()).toMatchObject({ sha256: sha256(archive) });
});

test('a backup that ends in the middle of its stream leaves nothing, and is begun again', async () => {
  await dockerDoes(`head -c 300000 ${vendor}/archive.tar; touch ${vendor}/half-${jobs}; sleep 60`);
  const context = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const running = backUp({ context });
  running.catch(() => undefined);
  await expect.poll(() => exists(join(vendor, `half-${jobs}`)), { timeout: 20_000 }).toBe(true);
  expect(await inClear()).toEqual([]);
  context.cancel();
  await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
  expect(await exists(sealedFile())).toBe(false);
  await giveArchive();
  expect(await backUp()).toMatchObject({ sha256: sha256(archive) });
  expect(await inClear()).toEqual([]);
});

test('a worker that is killed in the middle of a backup leaves nothing in clear', async () => {
  await dockerDoes(`head -c 300000 ${vendor}/archive.tar; touch ${vendor}/half-${jobs}; sleep 60`);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'backup-child.ts')], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(
    JSON.stringify({
      inventory: { ...environment.inventory, hosts: { 'node-1': hostEntryOf(ssh) } },
      dir: servers.dir,
      request: { ...common, job, name: 'final', holding: null },
    }),
  );
  await expect.poll(() => exists(join(vendor, `half-${jobs}`)), { timeout: 20_000 }).toBe(true);
  const ended = new Promise((resolve) => void child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(await exists(sealedFile())).toBe(false);
  expect(await inClear()).toEqual([]);
  await giveArchive();
  expect(await backUp()).toMatchObject({ sha256: sha256(archive) });
});

test('an attempt that ended before its record is replaced by the next', async () => {
  await giveArchive();
  await mkdir(join(servers.dir, 'journal', 'jobs'), { recursive: true });
  // Where the folder of the record is to be, is a file.
  await writeFile(join(servers.dir, 'journal', job), '');
  await expect(backUp()).rejects.toBeInstanceOf(Error);
  const first = await readFile(sealedFile());
  expect(await inClear()).toEqual([]);
  await rm(join(servers.dir, 'journal', job));
  const backup = await backUp();
  expect(backup.stored.sha256).toBe(sha256(await readFile(sealedFile())));
  expect(backup.stored.sha256).not.toBe(sha256(first));
});

test('one that is to be restored needs room in the memory of the host, while nothing is destroyed yet', async () => {
  await giveArchive();
  await writeFile(
    join(ssh.binDir, 'stat'),
    '#!/bin/sh\ncase "$*" in *%T*) echo tmpfs ;; *) echo 1 4096 ;; esac\n',
    {
      mode: 0o755,
    },
  );
  await expect(backUp({ holding: NOTHING_SERVED })).rejects.toMatchObject({
    type: 'NotProved',
    message: expect.stringContaining('/dev/shm of host node-1 has 4.0 KiB free') as string,
  });
  await writeFile(join(ssh.binDir, 'stat'), '#!/bin/sh\necho ext4\n', { mode: 0o755 });
  await expect(backUp({ holding: NOTHING_SERVED })).rejects.toThrow('has no memory at /dev/shm');
  await rm(join(ssh.binDir, 'stat'));
  expect(await backUp({ holding: NOTHING_SERVED })).toMatchObject({ sha256: sha256(archive) });
});

test.each(['0', '1'])(
  'a restore with status %s reads it in memory, where it is gone by then',
  async (status) => {
    await giveArchive();
    const backup = await backUp();
    // Of an attempt that was killed
    const { folder, archive: file } = inHostMemory();
    await mkdir(folder);
    await writeFile(file, MARKER);
    await dockerDoes(`[ ! -e ${file} ] || touch ${vendor}/seen; cat > ${vendor}/restored; exit ${status}`);
    const [{ status: outcome }] = await Promise.allSettled([bringUp(backup)]);
    expect(outcome).toBe(status === '0' ? 'fulfilled' : 'rejected');
    expect((await readFile(join(vendor, 'restored'))).equals(archive)).toBe(true);
    expect(await exists(join(vendor, 'seen'))).toBe(false);
    expect(await exists(folder)).toBe(false);
    expect(await inClear()).toEqual([]);
  },
);

test('a restore whose worker is gone reads on to its end, and leaves nothing', async () => {
  await giveArchive();
  const backup = await backUp();
  await dockerDoes(
    `touch ${vendor}/begun-${jobs}; while [ ! -e ${vendor}/go-${jobs} ]; do sleep 0.1; done; cat > ${vendor}/late`,
  );
  const context = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const running = bringUp(backup, context);
  running.catch(() => undefined);
  await expect.poll(() => exists(join(vendor, `begun-${jobs}`)), { timeout: 20_000 }).toBe(true);
  context.cancel();
  await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
  expect(await inClear()).toEqual([]);
  await writeFile(join(vendor, `go-${jobs}`), '');
  await bringUp(backup);
  expect((await readFile(join(vendor, 'late'))).equals(archive)).toBe(true);
  expect(await exists(inHostMemory().folder)).toBe(false);
});

test.each<[string, string, (backup: MetadataBackup) => Promise<MetadataBackup>]>([
  [
    'that is not the one that was checked',
    'IntegrityMismatch',
    async (backup) => ({ ...backup, sha256: sha256('another') }),
  ],
  [
    'that was cut off in its repository',
    'BackupInvalid',
    async (backup) => {
      const file = sealedFile();
      await writeFile(file, (await readFile(file)).subarray(0, -100));
      return backup;
    },
  ],
  [
    'whose passphrase is another one now',
    'KeyRefused',
    async (backup) => {
      SECRETS['BACKUP_PASSPHRASE'] = 'changed';
      return backup;
    },
  ],
])('an archive %s never reaches the restore', async (_what, type, change) => {
  await giveArchive();
  const backup = await backUp();
  const changed = await change(backup);
  await dockerDoes(`cat > ${vendor}/restored-wrong`);
  await expect(bringUp(changed)).rejects.toMatchObject({ type });
  expect(await exists(join(vendor, 'restored-wrong'))).toBe(false);
  expect(await exists(inHostMemory().folder)).toBe(false);
  expect(await inClear()).toEqual([]);
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
  await giveArchive();
  const backup = await backUp();
  await dockerDoes(`cat > /dev/null; printf '%s\\n' "$@" > ${folder}/argv; env > ${folder}/env`);
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
  const kept = await readFile(join(servers.dir, 'journal', fileOf('settings', { job }).key), 'utf8');
  expect(kept).not.toContain('pass-word');
});

async function selfSigned(folder: string): Promise<string> {
  const out = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await promisify(execFile)('openssl', ['req', '-x509', ...newKey, '-subj', '/CN=dtr', ...out]);
  return await readFile(join(folder, 'cert.pem'), 'utf8');
}
