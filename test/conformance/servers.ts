// Real servers for tests of storages and hosts: sshd and versitygw on free ports, in a folder of their own that goes
// away with them. Also for tests of other folders.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3StorageEntry } from '../../contracts/inventory.ts';
import { openSshHost } from '../../activities/hosts/ssh-host.ts';
import type { RemoteHost } from '../../activities/hosts/remote-host.ts';
import { freePort } from '../../lab/free-port.ts';
import { makeCertificates } from '../../lab/servers/certificates.ts';
import { startS3, type S3Server, type S3ServerOptions } from '../../lab/servers/s3.ts';
import { hostEntryOf, startSshHosts, type SshHost } from '../../lab/servers/ssh-hosts.ts';
import { listProcesses, stopProcess } from '../../lab/process.ts';

export type TestServers<T> = T & {
  dir: string;
  stop(): Promise<void>;
};

const BUCKET = 'images';

/** One sshd for each name. */
export async function startTestHosts(...names: string[]): Promise<TestServers<{ hosts: SshHost[] }>> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-ssh-'));
  const nodes = [];
  for (const name of names) nodes.push({ name, address: '127.0.0.1', port: await freePort() });
  const hosts = await startSshHosts(dir, { nodes });
  return { dir, hosts, stop: () => stopAll(dir) };
}

/** `https`: with a certificate of an authority that nobody trusts by itself; `ca` is its PEM file. `users`: as of `startS3`. */
export async function startTestS3(
  options: { https?: boolean; users?: S3ServerOptions['users'] } = {},
): Promise<TestServers<{ s3: S3Server; entry: S3StorageEntry; ca: string }>> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-s3-'));
  const { ca, certificate, key } = await makeCertificates(dir, ['127.0.0.1']);
  const s3 = await startS3(dir, {
    ...(options.https === true && { tls: { certificate, key } }),
    ...(options.users && { users: options.users }),
    port: await freePort(),
    accessKey: 'test-access',
    secretKey: 'test-secret',
    buckets: [BUCKET],
  });
  const entry: S3StorageEntry = {
    kind: 's3',
    bucket: BUCKET,
    region: s3.region,
    regionendpoint: s3.endpoint,
    rootdirectory: '/registry',
    accesskey: { env: 'ACCESS' },
    secretkey: { env: 'SECRET' },
    v4auth: true,
    secure: options.https === true,
    skipverify: false,
  };
  return { dir, s3, entry, ca, stop: () => stopAll(dir) };
}

/** Resolves the references of `startTestS3`'s entry. */
export function testSecrets(s3: S3Server): Record<string, string> {
  return { ACCESS: s3.accessKey, SECRET: s3.secretKey };
}

export const openTestHost = (host: SshHost, become?: string): RemoteHost =>
  openSshHost(host.name, { ...hostEntryOf(host), ...(become && { become }) }, () =>
    readFile(host.keyFile, 'utf8'),
  );

export async function stopAll(dir: string): Promise<void> {
  for (const { name } of await listProcesses(dir)) await stopProcess(dir, name);
  await rm(dir, { recursive: true, force: true });
}
