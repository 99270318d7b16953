// From an entry of the inventory to an open storage.

import type { HostStorageEntry, SecretRef, StorageEntry } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { RemoteHost } from '../hosts/remote-host.ts';
import { openAzureStorage } from './azure.ts';
import { openFilesystemStorage } from './filesystem.ts';
import { openGcsStorage } from './gcs.ts';
import { openHostStorage } from './host.ts';
import { openS3Storage } from './s3.ts';
import type { Storage } from './storage.ts';
import { openSwiftStorage } from './swift.ts';

type Pieces = {
  resolveSecret(ref: SecretRef): Promise<string>;
  openHost(name: string): Promise<RemoteHost>;
};

export async function openStorageEntry(name: string, entry: StorageEntry, pieces: Pieces): Promise<Storage> {
  const resolveSecret = (ref: SecretRef): Promise<string> => pieces.resolveSecret(ref);
  switch (entry.kind) {
    case 'filesystem':
      return openFilesystemStorage(entry.path);
    case 'host':
      return await openOnHost(name, entry, await pieces.openHost(entry.host));
    case 's3':
      return await openS3Storage(name, entry, resolveSecret);
    case 'azure':
      return await openAzureStorage(name, entry, resolveSecret);
    case 'gcs':
      return await openGcsStorage(name, entry, resolveSecret);
    case 'swift':
      return await openSwiftStorage(name, entry, resolveSecret);
  }
}

/** The directory or volume of the entry, as this host has it. */
export async function openOnHost(name: string, entry: HostStorageEntry, host: RemoteHost): Promise<Storage> {
  if (entry.path !== undefined) return openHostStorage(host, entry.path);
  if (entry.volume !== undefined) return openHostStorage(host, await volumePath(host, entry.volume));
  throw new TransshipError('InvalidInput', `storage ${name} names neither a path nor a volume`);
}

/** Where Docker keeps a volume's files on its host. */
async function volumePath(host: RemoteHost, volume: string): Promise<string> {
  const path = await host.check(['docker', 'volume', 'inspect', '--format', '{{.Mountpoint}}', volume]);
  return path.trim();
}
