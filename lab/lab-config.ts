// What a lab is: the choices it was made with and the ports it got, in `<dir>/lab.json`. Chosen once and then kept, so
// that a second `up` finds the same lab and two labs in different folders live beside each other.

import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ContentSize } from './content/catalogue.ts';

export type StorageChoice = 'volume' | 'bind' | 's3';
export const STORAGE_CHOICES: readonly StorageChoice[] = ['volume', 'bind', 's3'];
export const CONTENT_CHOICES: readonly ContentSize[] = ['none', 'small', 'medium', 'large'];

export type LabChoices = {
  /** Version of the stand-in DTR. */
  version: string;
  replicas: 1 | 3;
  /** The storage that the registry starts on. */
  storage: StorageChoice;
  content: ContentSize;
};

export const DEFAULT_CHOICES: LabChoices = {
  version: '2.7.9',
  replicas: 3,
  storage: 'volume',
  content: 'small',
};

export type LabNode = { name: string; address: string; sshPort: number; httpsPort: number };

export type LabConfig = LabChoices & {
  ports: { temporal: number; temporalUi: number; loadBalancer: number; s3: number };
  /** All three hosts, also where the registry has one replica. */
  nodes: LabNode[];
  /** The registry was installed on all its replicas and has its canary repository. */
  installed: boolean;
  /** The content was pushed to its end. */
  pushed: boolean;
};

const LOOPBACK = '127.0.0.1';
const PREFERRED = { temporal: 7233, temporalUi: 8233, loadBalancer: 8443, s3: 7070, ssh: 2222, https: 4430 };
const NODE_NUMBERS = [1, 2, 3];
const SECRET_BYTES = 18;

/** The lab of that folder, or undefined where there is none. */
export async function readLab(dir: string): Promise<LabConfig | undefined> {
  const text = await readFile(join(dir, 'lab.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabConfig);
}

export async function writeLab(dir: string, lab: LabConfig): Promise<void> {
  const file = join(dir, 'lab.json');
  await writeFile(`${file}.new`, `${JSON.stringify(lab, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** A new lab: free ports, the usual ones where nobody has them. */
export async function createLab(dir: string, choices: LabChoices): Promise<LabConfig> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  await chmod(dir, 0o755);
  const nodes: LabNode[] = [];
  for (const number of NODE_NUMBERS) {
    const address = nodeAddress(dir, number);
    nodes.push({
      name: `node${number}`,
      address,
      sshPort: await freePort(address, PREFERRED.ssh),
      httpsPort: await freePort(address, PREFERRED.https + number),
    });
  }
  const lab: LabConfig = {
    ...choices,
    ports: {
      temporal: await freePort(LOOPBACK, PREFERRED.temporal),
      temporalUi: await freePort(LOOPBACK, PREFERRED.temporalUi),
      loadBalancer: await freePort(LOOPBACK, PREFERRED.loadBalancer),
      s3: await freePort(LOOPBACK, PREFERRED.s3),
    },
    nodes,
    installed: false,
    pushed: false,
  };
  await writeLab(dir, lab);
  return lab;
}

/**
 * A loopback network of its own for each folder: while a replica is down, its port is free, and another lab on the
 * same address could take it.
 */
function nodeAddress(dir: string, number: number): string {
  const [a = 0, b = 0] = createHash('sha256').update(dir).digest();
  return `127.${1 + (a % 254)}.${b}.${number}`;
}

/** File with a secret of this lab: random, made when first asked for, for its owner only. */
export async function secretFile(dir: string, name: string): Promise<string> {
  const file = join(dir, 'secrets', name);
  await mkdir(join(dir, 'secrets'), { recursive: true, mode: 0o700 });
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  await writeFile(file, secret, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return file;
}

export const readSecret = async (file: string): Promise<string> => await readFile(file, 'utf8');

async function freePort(address: string, preferred: number): Promise<number> {
  return await bindOnce(address, preferred).catch(() => bindOnce(address, 0));
}

async function bindOnce(address: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}
