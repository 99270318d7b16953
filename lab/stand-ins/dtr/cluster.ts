// What the stand-in's processes agree on: the configuration that the lab writes, the folders, and the replicas that are
// installed. A replica is installed when its record exists; it runs when its process runs.

import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listProcesses } from '../../process.ts';
import { type Habits, habitsOf } from './habits.ts';
import type { Timings } from './timings.ts';
import type { Mode } from './versions.ts';

/** `<dir>/dtr/lab.json`, written by the lab before the first `docker run`. */
export type StandInConfig = {
  version: string;
  /** Of 2.5, which has both. Default: online garbage collection. */
  mode?: Mode;
  /** Name of the bootstrapper's image without its tag. */
  image: string;
  caFile: string;
  certFile: string;
  keyFile: string;
  adminUser: string;
  adminPasswordFile: string;
  /** What `--ucp-url` must name; the scheme does not count. */
  ucpUrl: string;
  ucpUser: string;
  ucpPasswordFile: string;
  externalUrl: string;
  nodes: NodeConfig[];
  /** `<dir>/hosts`: `<node>/bin/docker` and `<node>/volumes/<name>/_data` are below it. */
  hostsDir: string;
  /** The lab's folder: process records and logs are in it (lab/process.ts). */
  processDir: string;
  timings?: Partial<Timings>;
  /** Overrides the version's spelling of job states. */
  jobStatuses?: 'swagger' | 'queue';
  /** Distribution 3, for the drivers that Debian's 2.8 is built without: azure and gcs. */
  distribution3?: string;
  /** What plays Google Cloud Storage. */
  googleFront?: GoogleFront;
  habits?: Partial<Habits>;
};

export type GoogleFront = {
  /** URL of the API. */
  api: string;
  /** URL of a proxy through which `https://www.googleapis.com` is that API, and the PEM file of its authority. */
  proxy: string;
  caFile: string;
};

export type NodeConfig = { name: string; address: string; httpsPort: number };

export type ReplicaRecord = {
  id: string;
  node: string;
  address: string;
  httpsPort: number;
  version: string;
};

export const configFile = (dtrDir: string): string => join(dtrDir, 'lab.json');
export const metadataFile = (dtrDir: string): string => join(dtrDir, 'metadata.db');
/** One process plays all containers of a replica but `dtr-registry-<id>`, which is a real Distribution. */
export const replicaProcess = (id: string): string => `dtr-${id}`;

export function readConfig(dtrDir: string): StandInConfig {
  return JSON.parse(readFileSync(configFile(dtrDir), 'utf8')) as StandInConfig;
}

/** The habits as they are now, whatever a process has read when it began. */
export const habitsNow = ({ dtrDir }: { dtrDir: string }): Habits => habitsOf(readConfig(dtrDir));

export async function changeHabits(dtrDir: string, changes: Partial<Habits>): Promise<void> {
  const file = configFile(dtrDir);
  const config = JSON.parse(await readFile(file, 'utf8')) as StandInConfig;
  await writeFile(`${file}.new`, JSON.stringify({ ...config, habits: { ...config.habits, ...changes } }));
  await rename(`${file}.new`, file);
}

export const readSecret = (file: string): string => readFileSync(file, 'utf8').trim();

export async function writeReplicaRecord(dtrDir: string, record: ReplicaRecord): Promise<void> {
  await mkdir(join(dtrDir, 'replicas'), { recursive: true });
  const file = join(dtrDir, 'replicas', `${record.id}.json`);
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
}

export async function removeReplicaRecord(dtrDir: string, id: string): Promise<void> {
  await rm(join(dtrDir, 'replicas', `${id}.json`), { force: true });
}

/** Every installed replica, in the order of the ids. */
export async function listReplicaRecords(dtrDir: string): Promise<ReplicaRecord[]> {
  const files = (await readdir(join(dtrDir, 'replicas')).catch(() => [])).filter((file) =>
    file.endsWith('.json'),
  );
  const texts = await Promise.all(
    files.sort().map((file) => readFile(join(dtrDir, 'replicas', file), 'utf8')),
  );
  return texts.map((text) => JSON.parse(text) as ReplicaRecord);
}

/** Ids of the replicas whose process runs. */
export async function runningReplicas(config: StandInConfig): Promise<Set<string>> {
  const running = (await listProcesses(config.processDir)).filter((process) => process.state === 'running');
  return new Set(running.map((process) => process.name.slice('dtr-'.length)));
}
