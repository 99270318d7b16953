// Writes the inventory that describes the lab to the worker, as a person would write it for a registry of their own. What a
// person has changed in it is kept: beside it lies what was written last, so that a change is known.

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { StorageEntry } from '../../contracts/inventory.ts';
import {
  bootstrapHost,
  type LabConfig,
  type MoreStorage,
  secretFile,
  type StorageChoice,
} from './lab-config.ts';
import { labRegistry } from './lab-registries.ts';
import type { OpenedStorage } from './sites.ts';
import { type RegistryParts, replicaIdOf } from './registry.ts';
import {
  BIND_FOLDER,
  DESTINATION_BUCKET,
  DESTINATION_VOLUME,
  S3_ROOT,
  SOURCE_BUCKET,
  SOURCE_VOLUME,
  sourceNameOf,
} from './storages.ts';
import { hostEntryOf } from '../servers/ssh-hosts.ts';

export const REGISTRY = 'prod';
export const DESTINATION = 's3-prod';
/** A storage beside S3 that a migration can go to. */
export const destinationName = (storage: MoreStorage | 'volume'): string =>
  storage === 'volume' ? 'volume-new' : `${storage}-prod`;

export type InventoryParts = RegistryParts & { accessKeyFile: string; secretKeyFile: string };

export const inventoryFile = (dir: string): string => join(dir, 'inventory.yaml');

const writtenFile = (dir: string): string => `${inventoryFile(dir)}.written`;

/** Has somebody changed it since it was written? */
export async function isEdited(dir: string): Promise<boolean> {
  const [now, written] = await Promise.all(
    [inventoryFile(dir), writtenFile(dir)].map((file) => readFile(file, 'utf8').catch(() => undefined)),
  );
  return now !== undefined && written !== undefined && now !== written;
}

export async function writeInventory(dir: string, lab: LabConfig, parts: InventoryParts): Promise<string> {
  const folders = { journal: join(dir, 'journal'), backups: join(dir, 'backups') };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = inventoryFile(dir);
  const inventory = {
    registries: { [REGISTRY]: labRegistry(lab).entry(dir, lab, parts) },
    hosts: Object.fromEntries(parts.hosts.map((host) => [host.name, hostEntryOf(host)])),
    storages: {
      ...Object.fromEntries(
        sourcesOf(lab).map((storage) => [sourceNameOf(storage), sourceEntry(dir, lab, storage, parts)]),
      ),
      [DESTINATION]: s3Entry(parts, DESTINATION_BUCKET),
      ...Object.fromEntries(
        [...lab.destinations, 'volume' as const].map((name) => [
          destinationName(name),
          destinationEntry(dir, lab, name, parts),
        ]),
      ),
      journal: { kind: 'filesystem', path: folders.journal },
      backups: { kind: 'filesystem', path: folders.backups },
    },
    journal: 'journal',
    repositories: {
      main: {
        storage: 'backups',
        encryption: { passphrase: { file: await secretFile(dir, 'backup-passphrase') } },
        signing: { key: { file: await secretFile(dir, 'backup-signing-key', signingKey()) } },
      },
    },
    backups: 'main',
    approvals: {
      plan: { required: true, expiresIn: '24h' },
      window: { required: true, expiresIn: '24h' },
      'damaged-blobs': { required: true, expiresIn: '24h' },
      'garbage-collection': { required: true, expiresIn: '72h' },
    },
  };
  const text = stringify(inventory, { aliasDuplicateObjects: false, lineWidth: 0 });
  for (const one of [file, writtenFile(dir)]) {
    await writeFile(
      `${one}.new`,
      `# The lab in ${dir}, written by \`npm run lab -- up\`; changes are kept.\n${text}`,
    );
    await rename(`${one}.new`, one);
  }
  return file;
}

const signingKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/**
 * Also what the registry can be installed on afterwards: workers tell inventories apart by their storages, and a migration
 * waits more than a minute for one of another inventory to be forgotten.
 */
const sourcesOf = ({ storage, destinations }: LabConfig): StorageChoice[] => [
  ...new Set<StorageChoice>(['volume', 'bind', 's3', ...destinations, storage]),
];

function sourceEntry(
  dir: string,
  lab: LabConfig,
  storage: StorageChoice,
  parts: InventoryParts,
): StorageEntry {
  const own = labRegistry(lab).place?.(dir, lab, parts, storage, 'source');
  if (own !== undefined) return own;
  const host = bootstrapHost(lab);
  if (storage === 'volume') return { kind: 'host', host, volume: SOURCE_VOLUME };
  if (storage === 'default') return { kind: 'host', host, volume: `dtr-registry-${replicaIdOf(0)}` };
  if (storage === 'bind') return { kind: 'host', host, path: join(dir, BIND_FOLDER) };
  if (storage === 's3') return s3Entry(parts, SOURCE_BUCKET);
  return (parts.more[storage] as OpenedStorage).entry('source');
}

function destinationEntry(
  dir: string,
  lab: LabConfig,
  storage: MoreStorage | 'volume',
  parts: InventoryParts,
): StorageEntry {
  const own = labRegistry(lab).place?.(dir, lab, parts, storage, 'destination');
  if (own !== undefined) return own;
  if (storage === 'volume') return { kind: 'host', host: bootstrapHost(lab), volume: DESTINATION_VOLUME };
  return (parts.more[storage] as OpenedStorage).entry('destination');
}

const s3Entry = (parts: InventoryParts, bucket: string): StorageEntry => ({
  kind: 's3',
  bucket,
  region: parts.s3.region,
  regionendpoint: parts.s3.endpoint,
  rootdirectory: S3_ROOT,
  accesskey: { file: parts.accessKeyFile },
  secretkey: { file: parts.secretKeyFile },
  v4auth: true,
  secure: false,
  skipverify: false,
});
