// The lab's registry: the stand-in DTR, installed as DTR is, by running its bootstrapper with `docker` on a host.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { configFile, listReplicaRecords, readConfig, type StandInConfig } from '../stand-ins/dtr/cluster.ts';
import { writeDockerCommand } from '../stand-ins/dtr/docker-command.ts';
import { startReplica } from '../stand-ins/dtr/replica-lifecycle.ts';
import { versionRow } from '../stand-ins/dtr/versions.ts';
import type { LabConfig, LabNode } from './lab-config.ts';
import { listProcesses, stopProcess } from '../process.ts';
import type { Progress } from '../progress.ts';
import type { Certificates } from '../servers/certificates.ts';
import { googleFrontOf } from '../servers/google-front.ts';
import type { MoreStorages } from './more-storages.ts';
import type { S3Server } from '../servers/s3.ts';
import { runOnHost } from '../servers/ssh-command.ts';
import type { SshHost } from '../servers/ssh-hosts.ts';
import { BIND_FOLDER, S3_ROOT, SOURCE_BUCKET, SOURCE_VOLUME } from './storages.ts';

export const ADMIN = 'admin';
export const UCP_URL = 'https://ucp.lab.test';
export const CANARY_REPOSITORY = 'admin/transship-canary';
/** Every process of the stand-in is named so. */
const PROCESS_PREFIX = 'dtr-';
const DISTRIBUTION_PREFIX = 'dtr-registry-';

export type RegistryParts = {
  certificates: Certificates;
  hosts: SshHost[];
  s3: S3Server;
  more: MoreStorages;
  passwordFile: string;
  password: string;
};

/** Sequential ids of 12 hexadecimal digits, as Launchpad gives them. */
export const replicaIdOf = (index: number): string => (index + 1).toString(16).padStart(12, '0');

export const replicaNodes = (lab: LabConfig): LabNode[] => lab.nodes.slice(0, lab.replicas);

/** Installs the first replica, joins the others, and tells the registry its storage where no flag can. */
export async function installRegistry(
  dir: string,
  lab: LabConfig,
  parts: RegistryParts,
  progress: Progress,
): Promise<void> {
  const first = replicaIdOf(0);
  for (const [index, node] of replicaNodes(lab).entries()) {
    const id = replicaIdOf(index);
    progress.say(`  ${index === 0 ? 'install' : 'join'}: replica ${id} on ${node.name}`);
    const flags = ['--replica-id', id, '--ucp-node', node.name];
    if (index === 0) {
      const url = ['--dtr-external-url', externalUrl(lab)];
      await bootstrap(dir, lab, parts, ['install', ...flags, ...url, ...storageFlags(dir, lab, parts)]);
    } else {
      await bootstrap(dir, lab, parts, ['join', ...flags, '--existing-replica-id', first]);
    }
  }
  const section = cloudSection(lab, parts);
  if (section !== undefined) await switchToCloud(lab, parts, section);
}

/** Starts replicas that are installed and do not run, e.g. after the machine was started again. */
export async function startReplicas(dir: string): Promise<void> {
  const config = readConfig(dtrDir(dir));
  const records = await listReplicaRecords(dtrDir(dir));
  // All at once, because one of three is not well before it sees another.
  await Promise.all(records.map((record) => startReplica(dtrDir(dir), config, record)));
}

/** Ends the registry's processes; it is still installed. */
export async function stopRegistry(dir: string): Promise<void> {
  const names = (await listProcesses(dir)).map((process) => process.name);
  const own = names.filter((name) => name.startsWith(PROCESS_PREFIX));
  // The replicas first, because a replica would start its Distribution again.
  for (const name of own.filter((name) => !isDistribution(name))) await stopProcess(dir, name);
  for (const name of own.filter(isDistribution)) await stopProcess(dir, name);
}

const isDistribution = (process: string): boolean => process.startsWith(DISTRIBUTION_PREFIX);

/** Removes every trace of the registry: its processes, metadata and settings. Its storages are not touched. */
export async function eraseRegistry(dir: string): Promise<void> {
  await stopRegistry(dir);
  await rm(dtrDir(dir), { recursive: true, force: true });
}

/** What the stand-in's processes read, and the `docker` of each host: before anything else of the registry. */
export async function writeStandInConfig(dir: string, lab: LabConfig, parts: RegistryParts): Promise<void> {
  const distribution3 = process.env['DISTRIBUTION_PATH'];
  const { gcs } = lab.morePorts;
  const config: StandInConfig = {
    version: lab.version,
    image: imageOf(lab),
    caFile: parts.certificates.ca,
    certFile: parts.certificates.certificate,
    keyFile: parts.certificates.key,
    adminUser: ADMIN,
    adminPasswordFile: parts.passwordFile,
    ucpUrl: UCP_URL,
    ucpUser: ADMIN,
    ucpPasswordFile: parts.passwordFile,
    externalUrl: externalUrl(lab),
    nodes: lab.nodes.map(({ name, address, httpsPort }) => ({ name, address, httpsPort })),
    hostsDir: join(dir, 'hosts'),
    processDir: dir,
    ...(distribution3 === undefined ? {} : { distribution3 }),
    ...(gcs === undefined ? {} : { googleFront: googleFrontOf(dir, gcs) }),
  };
  await mkdir(dtrDir(dir), { recursive: true });
  await writeFile(configFile(dtrDir(dir)), JSON.stringify(config, null, 2));
  for (const node of lab.nodes) await writeDockerCommand(config, node.name);
}

export const dtrDir = (dir: string): string => join(dir, 'dtr');
export const externalUrl = (lab: LabConfig): string => `https://127.0.0.1:${lab.ports.loadBalancer}`;

async function bootstrap(
  dir: string,
  lab: LabConfig,
  parts: RegistryParts,
  command: string[],
): Promise<void> {
  const [name = '', ...flags] = command;
  const ucp = ['--ucp-url', UCP_URL, '--ucp-username', ADMIN, '--ucp-insecure-tls'];
  await runOnHost(
    dir,
    parts.hosts[0] as SshHost,
    [
      ['docker', 'run', '--rm', '--log-driver', 'none', '--env', 'UCP_PASSWORD'],
      [`${imageOf(lab)}:${lab.version}`, name, ...ucp, ...flags],
    ].flat(),
    { UCP_PASSWORD: parts.password },
  );
}

function storageFlags(dir: string, lab: LabConfig, { more }: RegistryParts): string[] {
  if (lab.storage === 'volume') return ['--dtr-storage-volume', SOURCE_VOLUME];
  if (lab.storage === 'bind') return ['--dtr-storage-volume', join(dir, BIND_FOLDER)];
  // DTR has no flag for cloud storages: it starts on a local volume and is then told (dtr-msr.md §3.6).
  return lab.storage === 's3' || lab.storage === 'default'
    ? []
    : (more[lab.storage]?.flags?.('source') ?? []);
}

/** The section with the driver of a cloud storage; undefined for those that flags name. */
function cloudSection(lab: LabConfig, { s3, more }: RegistryParts): Record<string, unknown> | undefined {
  if (lab.storage === 'volume' || lab.storage === 'default' || lab.storage === 'bind') return undefined;
  if (lab.storage !== 's3') return more[lab.storage]?.section?.('source');
  return {
    s3: {
      bucket: SOURCE_BUCKET,
      region: s3.region,
      regionendpoint: s3.endpoint,
      rootdirectory: S3_ROOT,
      accesskey: s3.accessKey,
      secretkey: s3.secretKey,
      secure: false,
      v4auth: true,
    },
  };
}

async function switchToCloud(
  lab: LabConfig,
  { certificates, password }: RegistryParts,
  section: Record<string, unknown>,
): Promise<void> {
  const node = replicaNodes(lab)[0] as LabNode;
  const dispatcher = new Agent({ connect: { ca: await readFile(certificates.ca, 'utf8') } });
  try {
    const answer = await request(`https://${node.address}:${node.httpsPort}/api/v0/admin/settings/registry`, {
      method: 'PUT',
      dispatcher,
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${ADMIN}:${password}`).toString('base64')}`,
      },
      body: JSON.stringify({ storage: { delete: { enabled: true }, ...section } }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`the registry refused ${lab.storage} as its storage: ${answer.statusCode} ${text}`);
  } finally {
    await dispatcher.destroy();
  }
}

const imageOf = (lab: LabConfig): string => versionRow(lab.version).images[0] ?? 'docker/dtr';
