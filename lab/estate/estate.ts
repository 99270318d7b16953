// The whole lab, brought up, shown and ended. Each part is started only where it is missing, so that `up` can be given
// again at any time, also after a part was killed.

import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LabApi } from '../content/lab-api.ts';
import { type RegistryAccess, RegistryClient } from '../content/registry-client.ts';
import { ensureTools } from '../tools/ensure-tools.ts';
import { fillRegistry } from './fill-registry.ts';
import {
  DESTINATION,
  destinationName,
  inventoryFile,
  isEdited,
  REGISTRY,
  writeInventory,
} from './inventory-file.ts';
import {
  allChoices,
  createLab,
  type LabChoices,
  type LabConfig,
  readLab,
  readSecret,
  secretFile,
  writeLab,
} from './lab-config.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { startLoadBalancer } from '../servers/load-balancer.ts';
import { SITES } from './sites.ts';
import { labRegistry } from './lab-registries.ts';
import { ADMIN, CANARY_REPOSITORY, externalUrl, type RegistryParts, replicaNodes } from './registry.ts';
import { openMoreStorages } from './more-storages.ts';
import { startS3 } from '../servers/s3.ts';
import { writeKnownHosts } from '../servers/ssh-command.ts';
import { startSshHosts } from '../servers/ssh-hosts.ts';
import { BUCKETS, clearStorages, makeStorages } from './storages.ts';
import { startTemporal } from '../servers/temporal.ts';
import { startWorker, WORKER_PROCESS } from '../servers/worker.ts';
import { type LabProcess, listProcesses, stopProcess } from '../process.ts';
import { type Progress, silent } from '../progress.ts';

export type LabOptions = Partial<LabChoices> & {
  dir: string;
  /** Default true. */
  worker?: boolean;
  /** Where a new lab asks for the ports that people look at. Labs that start side by side do without. Default true. */
  usualPorts?: boolean;
};

export type LabStatus = {
  temporal: { address: string; ui: string };
  /** `host` is what docker and skopeo are given; `ca` a PEM file. */
  registry: { name: string; host: string; user: string; password: string; ca: string };
  /** The storage of the inventory that a migration can go to. */
  destination: string;
  /** The inventory file. */
  inventory: string;
  processes: LabProcess[];
  dir: string;
  /** With its version, for people. */
  product: string;
  replicas: { node: string; url: string }[];
  canary: string;
};

/** Makes the lab of that folder, or starts what is missing of it. Its choices cannot be changed later, but for the content. */
export async function labUp(options: LabOptions, progress: Progress = silent): Promise<LabStatus> {
  const dir = resolve(options.dir);
  const tools = await ensureTools(progress);
  const known = await readLab(dir);
  if (known !== undefined) refuseOtherChoices(dir, known, options);
  const lab = known ?? (await createLab(dir, allChoices(definedOnly(options)), options.usualPorts ?? true));
  if (options.content !== undefined && options.content !== lab.content) {
    Object.assign(lab, { content: options.content, pushed: false });
  }
  progress.say(`${known === undefined ? 'Making' : 'Starting'} the lab in ${dir}`);
  progress.say(`  Temporal with its Web UI at http://127.0.0.1:${lab.ports.temporalUi}`);
  const temporal = await startTemporal(dir, {
    port: lab.ports.temporal,
    uiPort: lab.ports.temporalUi,
    temporal: tools.temporal,
  });
  const inventory = await bringRegistryUp(dir, lab, tools.versitygw, progress);
  if (options.worker !== false) {
    progress.say('  worker');
    await startWorker(dir, { inventory, temporalAddress: temporal.address });
  }
  return await labStatus(dir);
}

/**
 * Throws the registry and all storages of the lab away and installs it afresh, with Temporal, hosts and S3 kept running.
 * A worker is started again where one runs, because it read the old inventory.
 */
export async function reinstallRegistry(
  dir: string,
  choices: Partial<Pick<LabChoices, 'version' | 'replicas' | 'storage' | 'content'>>,
  progress: Progress = silent,
): Promise<LabStatus> {
  const known = await mustReadLab(dir);
  const lab: LabConfig = { ...known, ...definedOnly(choices), installed: false, pushed: false };
  const before = await readFile(inventoryFile(dir), 'utf8').catch(() => '');
  progress.say(`Installing the registry afresh in ${dir}`);
  await writeLab(dir, lab);
  const tools = await ensureTools(progress);
  const inventory = await bringRegistryUp(dir, lab, tools.versitygw, progress);
  const worker = (await listProcesses(dir)).find((process) => process.name === WORKER_PROCESS);
  if (worker?.state === 'running' && (await readFile(inventory, 'utf8')) !== before) {
    await stopProcess(dir, WORKER_PROCESS);
    await startWorker(dir, { inventory, temporalAddress: `127.0.0.1:${lab.ports.temporal}` });
  }
  return await labStatus(dir);
}

export async function labStatus(dir: string): Promise<LabStatus> {
  const lab = await mustReadLab(dir);
  return {
    temporal: { address: local(lab.ports.temporal), ui: `http://${local(lab.ports.temporalUi)}` },
    registry: {
      name: REGISTRY,
      host: local(lab.ports.loadBalancer),
      user: ADMIN,
      password: await readSecret(await secretFile(dir, 'admin-password')),
      ca: join(dir, 'ca', 'ca.crt'),
    },
    destination: lab.destinations[0] === undefined ? DESTINATION : destinationName(lab.destinations[0]),
    inventory: inventoryFile(dir),
    processes: await listProcesses(dir),
    dir,
    product: labRegistry(lab).title(lab),
    replicas: replicaNodes(lab).map((node) => ({
      node: node.name,
      url: `https://${node.address}:${node.httpsPort}`,
    })),
    canary: CANARY_REPOSITORY,
  };
}

/** Ends every process of the lab by its pid and removes the folder, unless it is to be kept. False: there was no lab. */
export async function labDown(dir: string, options: { keep?: boolean } = {}): Promise<boolean> {
  const lab = await readLab(dir);
  if (lab === undefined) return false;
  await stopProcess(dir, WORKER_PROCESS);
  await labRegistry(lab).stop(dir);
  await Promise.all((await listProcesses(dir)).map(({ name }) => stopProcess(dir, name)));
  if (options.keep !== true) await rm(dir, { recursive: true, force: true });
  return true;
}

/** Everything but Temporal and the worker. Returns the inventory file. */
async function bringRegistryUp(
  dir: string,
  lab: LabConfig,
  versitygw: string,
  progress: Progress,
): Promise<string> {
  const isNew = !lab.installed;
  const files = {
    passwordFile: await secretFile(dir, 'admin-password'),
    accessKeyFile: await secretFile(dir, 's3-access-key'),
    secretKeyFile: await secretFile(dir, 's3-secret-key'),
  };
  const certificates = await makeCertificates(dir, ['127.0.0.1', ...lab.nodes.map(({ address }) => address)]);
  progress.say(
    `  S3 at http://127.0.0.1:${lab.ports.s3} and the hosts ${lab.nodes.map(({ name }) => name).join(', ')}`,
  );
  const s3 = await startS3(dir, {
    port: lab.ports.s3,
    accessKey: await readSecret(files.accessKeyFile),
    secretKey: await readSecret(files.secretKeyFile),
    buckets: BUCKETS,
    versitygw,
  });
  const more = await openMoreStorages(dir, lab, progress);
  const hosts = await startSshHosts(dir, {
    nodes: lab.nodes.map(({ name, address, sshPort }) => ({ name, address, port: sshPort })),
  });
  await writeKnownHosts(dir, hosts);
  if (!lab.installed) {
    // Also what an installation that was interrupted has left.
    await labRegistry(lab).erase(dir);
    await clearStorages(dir, lab);
    for (const storage of Object.values(more)) for (const site of SITES) await storage.clear(site);
  }
  await makeStorages(dir, lab);
  const parts: RegistryParts = {
    certificates,
    hosts,
    s3,
    more,
    passwordFile: files.passwordFile,
    password: await readSecret(files.passwordFile),
  };
  const { title } = labRegistry(lab);
  progress.say(`  registry: ${title(lab)}, ${lab.replicas} replicas, at ${externalUrl(lab)}`);
  await labRegistry(lab).up(dir, lab, parts, progress);
  await startLoadBalancer(dir, {
    port: lab.ports.loadBalancer,
    ca: certificates.ca,
    healthPath: labRegistry(lab).healthPath,
    replicas: lab.nodes.map((node) => `${node.address}:${node.httpsPort}`),
  });
  if (!lab.installed || !lab.pushed) {
    const access = await registryAccess(dir);
    await fillRegistry(
      access,
      labRegistry(lab).openApi(access),
      lab,
      async () => await writeLab(dir, lab),
      progress,
    );
  }
  if (!isNew && (await isEdited(dir))) {
    progress.say('  the inventory was changed by hand, and stays as it is');
    return inventoryFile(dir);
  }
  return await writeInventory(dir, lab, { ...parts, ...files });
}

/** A client of the lab's registry, through the load balancer. To be closed. */
export const labClient = async (dir: string): Promise<RegistryClient> =>
  new RegistryClient(await registryAccess(dir));

/** The registry's own API, likewise. */
export const labApi = async (dir: string): Promise<LabApi> =>
  labRegistry(await mustReadLab(dir)).openApi(await registryAccess(dir));

async function registryAccess(dir: string): Promise<RegistryAccess> {
  const { host, user, password, ca } = (await labStatus(dir)).registry;
  return { host, user, password, ca: await readFile(ca, 'utf8') };
}

const local = (port: number): string => `127.0.0.1:${port}`;

async function mustReadLab(dir: string): Promise<LabConfig> {
  const lab = await readLab(dir);
  if (lab === undefined) throw new Error(`There is no lab in ${dir}: make one with \`npm run lab -- up\`.`);
  return lab;
}

function refuseOtherChoices(dir: string, lab: LabConfig, options: LabOptions): void {
  for (const choice of ['registry', 'version', 'replicas', 'storage', 'destinations'] as const) {
    const wanted = options[choice];
    if (wanted !== undefined && String(wanted) !== String(lab[choice])) {
      throw new Error(
        `The lab in ${dir} was made with ${choice} ${String(lab[choice])}, not ${String(wanted)}: end it with \`npm run lab -- down\`, or name another folder with --dir.`,
      );
    }
  }
}

function definedOnly(options: Partial<LabChoices>): Partial<LabChoices> {
  const { registry, version, replicas, storage, content, destinations } = options;
  return {
    ...(registry !== undefined && { registry }),
    ...(version !== undefined && { version }),
    ...(replicas !== undefined && { replicas }),
    ...(storage !== undefined && { storage }),
    ...(content !== undefined && { content }),
    ...(destinations !== undefined && { destinations }),
  };
}
