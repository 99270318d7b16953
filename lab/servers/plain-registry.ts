// A plain registry as people run it: one or several processes of Distribution that share a storage, each with a configuration
// of its own that is written by hand, a password, and a command that starts it again. Distribution itself, no stand-in.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DistributionReplicaEntry } from '../../contracts/inventory.ts';
import { stopProcess } from '../process.ts';
import type { Certificates } from './certificates.ts';
import type { DriverSettings, RegistryRelease } from './distribution.ts';
import { type ServedRegistry, startServed } from './served-registry.ts';

export type PlainReplica = { id: string; address: string; port: number };

export type PlainRegistryOptions = {
  release: RegistryRelease;
  replicas: PlainReplica[];
  /** What all of them share: the driver with its settings. */
  driver: DriverSettings;
  certificates: Certificates;
  user: string;
  password: string;
  /** More lines of its section `storage`, indented by two. */
  storageLines?: string[];
  /** Further variables of the program, e.g. STORAGE_EMULATOR_HOST. */
  env?: Record<string, string>;
};

export type PlainRegistry = {
  /** Without `host`: they run on this machine. */
  entries: DistributionReplicaEntry[];
  stop(): Promise<void>;
};

/** Installs it, or starts what does not run; configurations that are there stay as they are. */
export async function startPlainRegistry(dir: string, options: PlainRegistryOptions): Promise<PlainRegistry> {
  const { replicas, certificates, user, password, env = {} } = options;
  const folder = join(dir, 'plain');
  await mkdir(folder, { recursive: true });
  const htpasswd = join(folder, 'htpasswd');
  await writeOnce(htpasswd, `${user}:${await bcrypt(password)}\n`);
  const secret = join(folder, 'http-secret');
  await writeOnce(secret, randomBytes(16).toString('hex'));
  const entries: DistributionReplicaEntry[] = [];
  for (const replica of replicas) {
    const own = join(folder, replica.id);
    await mkdir(own, { recursive: true });
    const config = join(own, 'config.yml');
    await writeOnce(config, configOf(options, replica, htpasswd, await readFile(secret, 'utf8')));
    const served: ServedRegistry = {
      name: processOf(replica.id),
      command: programOf(options.release),
      config,
      address: replica.address,
      port: replica.port,
      ca: certificates.ca,
      env,
    };
    await writeFile(join(own, 'served.json'), JSON.stringify(served));
    await startServed(dir, served);
    entries.push(plainEntryOf(dir, options.release, replica, env));
  }
  return {
    entries,
    async stop() {
      for (const { id } of replicas) await stopProcess(dir, processOf(id));
    },
  };
}

/** As the inventory names it, beside the worker. */
export function plainEntryOf(
  dir: string,
  release: RegistryRelease,
  { id, address, port }: PlainReplica,
  env: Record<string, string>,
): DistributionReplicaEntry {
  const own = join(dir, 'plain', id);
  return {
    id,
    url: `https://${address}:${port}`,
    config: join(own, 'config.yml'),
    restart: [
      process.execPath,
      join(import.meta.dirname, 'restart-registry-main.ts'),
      dir,
      join(own, 'served.json'),
    ],
    program: [
      'env',
      ...Object.entries({ OTEL_TRACES_EXPORTER: 'none', ...env }).map(([name, value]) => `${name}=${value}`),
      programOf(release),
    ],
  };
}

/** Every process of a plain registry is named so. */
export const PLAIN_PREFIX = 'plain-';

const processOf = (id: string): string => `${PLAIN_PREFIX}${id}`;

const programOf = (release: RegistryRelease): string =>
  release === 'v3' ? (process.env['DISTRIBUTION_PATH'] ?? 'registry') : '/usr/bin/docker-registry';

const configOf = (
  { driver, certificates, storageLines = [] }: PlainRegistryOptions,
  { address, port }: PlainReplica,
  htpasswd: string,
  secret: string,
): string => `version: 0.1
log:
  level: warn
  accesslog: { disabled: true }

# The images. Whoever moves them tells operations first.
storage:
${settingsOf(driver)}
  delete:
    enabled: true # for the clean-up of old builds
  redirect:
    disable: true
${storageLines.map((line) => `  ${line}\n`).join('')}
http:
  addr: ${address}:${port}
  # The same everywhere behind the load balancer.
  secret: ${secret}
  relativeurls: true
  tls:
    certificate: ${certificates.certificate}
    key: ${certificates.key}
auth:
  htpasswd:
    realm: lab
    path: ${htpasswd}
`;

/** Each with what somebody once noted beside it. */
function settingsOf(driver: DriverSettings): string {
  const [[name, settings]] = Object.entries(driver) as [[string, Record<string, unknown>]];
  const fields = Object.entries(settings).map(([field, value]) => `    ${field}: ${JSON.stringify(value)}`);
  return ['  # Since the last move.', `  ${name}:`, ...fields].join('\n');
}

async function writeOnce(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** The only kind that the registry takes. Perl is in every Debian, and knows it. */
async function bcrypt(password: string): Promise<string> {
  const salt = randomBytes(32)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 22);
  const hashed = new Promise<string>((resolve, reject) => {
    const perl = execFile('perl', ['-e', 'print crypt(<STDIN>, shift)', `$2b$05$${salt}`], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    perl.stdin!.end(password);
  });
  return await hashed;
}
