// What a lab is: the choices it was made with and the ports it got, in `<dir>/lab.json`. Chosen once and then kept, so
// that a second `up` finds the same lab and two labs in different folders live beside each other.

import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import type { ContentSize } from '../content/catalogue.ts';
import type { SwiftPorts } from '../servers/swift-config.ts';

/** Storages that a lab has only where it was asked for them, because each is a server or more of its own. */
export type MoreStorage = 'azure' | 'swift' | 'gcs' | 'nfs' | 's3-other';
export const MORE_STORAGES: readonly MoreStorage[] = ['azure', 'swift', 'gcs', 'nfs', 's3-other'];
/** `default`: the volume that a replica makes for itself. */
export type StorageChoice = 'volume' | 'default' | 'bind' | 's3' | MoreStorage;
export const STORAGE_CHOICES: readonly StorageChoice[] = [
  'volume',
  'default',
  'bind',
  's3',
  ...MORE_STORAGES,
];
export const CONTENT_CHOICES: readonly ContentSize[] = ['none', 'small', 'medium', 'large'];

/** `distribution`: the plain registry, by its real program. */
export type RegistryChoice = 'dtr' | 'distribution';
export const REGISTRY_CHOICES: readonly RegistryChoice[] = ['dtr', 'distribution'];
/** Of the stand-in DTR, and of Distribution. */
const DEFAULT_VERSIONS: Record<RegistryChoice, string> = { dtr: '2.7.9', distribution: '3' };

export type LabChoices = {
  registry: RegistryChoice;
  version: string;
  replicas: 1 | 3;
  /** The storage that the registry starts on. */
  storage: StorageChoice;
  content: ContentSize;
  /** Where a migration can go, beside S3 and a volume. */
  destinations: MoreStorage[];
};

export const DEFAULT_CHOICES: Omit<LabChoices, 'version'> = {
  registry: 'dtr',
  replicas: 3,
  storage: 'volume',
  content: 'small',
  destinations: [],
};

/** With what was not chosen. */
export function allChoices(chosen: Partial<LabChoices>): LabChoices {
  const choices = { ...DEFAULT_CHOICES, ...chosen };
  return { version: DEFAULT_VERSIONS[choices.registry], ...choices };
}

export type LabNode = { name: string; address: string; sshPort: number; httpsPort: number };

export type LabConfig = LabChoices & {
  ports: { temporal: number; temporalUi: number; loadBalancer: number; s3: number };
  /** Of the servers of further storages, which nobody looks for at a usual place. */
  morePorts: { azure?: number; swift?: SwiftPorts; gcs?: GcsPorts; s3Other?: number };
  /** All three hosts, also where the registry has one replica. */
  nodes: LabNode[];
  /** The registry was installed on all its replicas and has its canary repository. */
  installed: boolean;
  /** The content was pushed to its end. */
  pushed: boolean;
};

export type GcsPorts = { api: number; front: number };

/** The further storages that this lab has, as the registry's first storage or as a destination. */
export const moreStoragesOf = ({ storage, destinations }: LabChoices): MoreStorage[] =>
  MORE_STORAGES.filter((more) => storage === more || destinations.includes(more));

const LOOPBACK = '127.0.0.1';
const PREFERRED = { temporal: 7233, temporalUi: 8233, loadBalancer: 8443, s3: 7070, ssh: 2222, https: 4430 };
const NONE_PREFERRED: typeof PREFERRED = {
  temporal: 0,
  temporalUi: 0,
  loadBalancer: 0,
  s3: 0,
  ssh: 0,
  https: 0,
};
const NODE_NUMBERS = [1, 2, 3];
const SECRET_BYTES = 18;

export const bootstrapHost = (lab: LabConfig): string => (lab.nodes[0] as LabNode).name;

/** The lab of that folder, or undefined where there is none. */
export async function readLab(dir: string): Promise<LabConfig | undefined> {
  const text = await readFile(join(dir, 'lab.json'), 'utf8').catch(() => undefined);
  // A lab of an earlier release knew no further storages, and no other registry.
  return text === undefined
    ? undefined
    : ({ registry: 'dtr', destinations: [], morePorts: {}, ...JSON.parse(text) } as LabConfig);
}

export async function writeLab(dir: string, lab: LabConfig): Promise<void> {
  const file = join(dir, 'lab.json');
  await writeFile(`${file}.new`, `${JSON.stringify(lab, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** A new lab: free ports, with `usualPorts` the usual ones where nobody has them. */
export async function createLab(dir: string, choices: LabChoices, usualPorts: boolean): Promise<LabConfig> {
  if (choices.storage === 'default' && choices.replicas > 1)
    throw new Error('Several replicas need a storage that they share: `default` is for one.');
  const preferred = usualPorts ? PREFERRED : NONE_PREFERRED;
  await mkdir(dir, { recursive: true, mode: 0o755 });
  await chmod(dir, 0o755);
  const nodes: LabNode[] = [];
  for (const number of NODE_NUMBERS) {
    const address = nodeAddress(dir, number);
    nodes.push({
      name: `node${number}`,
      address,
      sshPort: await freePort(address, preferred.ssh),
      httpsPort: await freePort(address, usualPorts ? preferred.https + number : 0),
    });
  }
  const lab: LabConfig = {
    ...choices,
    ports: {
      temporal: await freePort(LOOPBACK, preferred.temporal),
      temporalUi: await freePort(LOOPBACK, preferred.temporalUi),
      loadBalancer: await freePort(LOOPBACK, preferred.loadBalancer),
      s3: await freePort(LOOPBACK, preferred.s3),
    },
    morePorts: await freeMorePorts(moreStoragesOf(choices)),
    nodes,
    installed: false,
    pushed: false,
  };
  await writeLab(dir, lab);
  return lab;
}

async function freeMorePorts(storages: MoreStorage[]): Promise<LabConfig['morePorts']> {
  const ports: LabConfig['morePorts'] = {};
  if (storages.includes('azure')) ports.azure = await freePort(LOOPBACK);
  if (storages.includes('s3-other')) ports.s3Other = await freePort(LOOPBACK);
  if (storages.includes('gcs'))
    ports.gcs = { api: await freePort(LOOPBACK), front: await freePort(LOOPBACK) };
  if (storages.includes('swift'))
    ports.swift = {
      proxy: await freePort(LOOPBACK),
      account: await freePort(LOOPBACK),
      container: await freePort(LOOPBACK),
      object: await freePort(LOOPBACK),
      memcached: await freePort(LOOPBACK),
    };
  return ports;
}

/**
 * A loopback network of its own for each folder: while a replica is down, its port is free, and another lab on the
 * same address could take it.
 */
function nodeAddress(dir: string, number: number): string {
  const [a = 0, b = 0] = createHash('sha256').update(dir).digest();
  return `127.${1 + (a % 254)}.${b}.${number}`;
}

/** File with a secret of this lab, for its owner only: made when first asked for, random where none is given. */
export async function secretFile(
  dir: string,
  name: string,
  secret = randomBytes(SECRET_BYTES).toString('hex'),
): Promise<string> {
  const file = join(dir, 'secrets', name);
  await mkdir(join(dir, 'secrets'), { recursive: true, mode: 0o700 });
  await writeFile(file, secret, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return file;
}

export const readSecret = async (file: string): Promise<string> => await readFile(file, 'utf8');
