// Real registries on any storage, to prove that one starts on a copy: Debian's docker-registry 2.8, which has the
// drivers of directories, S3 and Swift, and Distribution 3, which has those of directories, S3, Azure and Google.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { openAgent, type RegistryAccess } from '../content/registry-client.ts';
import type { Certificates } from './certificates.ts';
import { startProcess, stopProcess } from '../process.ts';

/** Section `storage` of a registry's configuration: the driver's name with its settings. */
export type DriverSettings =
  | { filesystem: Record<string, unknown> }
  | { s3: Record<string, unknown> }
  | { azure: Record<string, unknown> }
  | { gcs: Record<string, unknown> }
  | { swift: Record<string, unknown> };

export type RegistryRelease = 'debian-2.8' | 'v3';

export type RegistryOptions = {
  name: string;
  release: RegistryRelease;
  port: number;
  driver: DriverSettings;
  certificates: Certificates;
  /** Further variables, e.g. STORAGE_EMULATOR_HOST. */
  env?: Record<string, string>;
};

export type RunningRegistry = { access: RegistryAccess; stop(): Promise<void> };

/** Upload parts of the cloud drivers; the least that S3 allows, so that a moderate layer has several. */
const CHUNK_BYTES = 5 * 1024 * 1024;

/** `dir`: the lab's folder. Returns when the registry answers on its API. */
export async function startRegistry(dir: string, options: RegistryOptions): Promise<RunningRegistry> {
  const { name, release, port, certificates } = options;
  const ca = await readFile(certificates.ca, 'utf8');
  const folder = join(dir, 'registries');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.yml`);
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configOf(options)), { mode: 0o600 });
  await startProcess(dir, {
    name,
    command: release === 'v3' ? (process.env['DISTRIBUTION_PATH'] ?? 'registry') : 'docker-registry',
    args: ['serve', file],
    // A CA bundle for AWS makes the S3 driver panic, and credentials are to come from the configuration alone.
    env: { PATH: process.env['PATH'], HOME: dir, OTEL_TRACES_EXPORTER: 'none', ...options.env },
    ready: () => answers(port, ca),
  });
  return {
    access: { host: `127.0.0.1:${port}`, user: '', password: '', ca },
    stop: () => stopProcess(dir, name),
  };
}

function configOf({ release, port, driver, certificates }: RegistryOptions): unknown {
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      ...withDefaults(release, driver),
      delete: { enabled: true },
      // Signed links of the cloud drivers lead past the registry, and some are HTTPS only.
      redirect: { disable: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'lab',
      relativeurls: true,
      tls: { certificate: certificates.certificate, key: certificates.key },
    },
  };
}

function withDefaults(release: RegistryRelease, driver: DriverSettings): DriverSettings {
  if ('s3' in driver) {
    const pathStyle = release === 'v3' ? { forcepathstyle: true } : {};
    return { s3: { v4auth: true, chunksize: CHUNK_BYTES, ...pathStyle, ...driver.s3 } };
  }
  // Without it version 3 panics.
  if ('azure' in driver) return { azure: { credentials: { type: 'shared_key' }, ...driver.azure } };
  if ('swift' in driver) return { swift: { chunksize: CHUNK_BYTES, ...driver.swift } };
  return driver;
}

async function answers(port: number, ca: string): Promise<boolean> {
  const dispatcher = openAgent(ca);
  try {
    const { statusCode, body } = await request(`https://127.0.0.1:${port}/v2/`, { dispatcher });
    await body.dump();
    return statusCode === 200;
  } finally {
    await dispatcher.destroy();
  }
}
