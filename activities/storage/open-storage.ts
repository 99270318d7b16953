// From an entry of the inventory to an open storage.

import type { SecretRef, StorageEntry } from '../../contracts/inventory.ts';
import type { RemoteHost } from '../hosts/remote-host.ts';
import { openAzureStorage } from './azure/azure.ts';
import { openFilesystemStorage } from './filesystem/filesystem.ts';
import { openGcsStorage } from './gcs/gcs.ts';
import { openOnHost } from './host/open-on-host.ts';
import { openS3Storage } from './s3/s3.ts';
import type { Storage } from './storage.ts';
import { openSwiftStorage } from './swift/swift.ts';

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
    default:
      return entry satisfies never;
  }
}
