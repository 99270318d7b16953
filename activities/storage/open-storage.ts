// From an entry of the inventory to an open storage.

import type { StorageEntry } from '../../contracts/inventory.ts';
import { openAzureStorage } from './azure/azure.ts';
import { openFilesystemStorage } from './filesystem/filesystem.ts';
import { openGcsStorage } from './gcs/gcs.ts';
import { openOnHost } from './host/open-on-host.ts';
import type { Opening } from './opening.ts';
import { openS3Storage } from './s3/s3.ts';
import type { Storage } from './storage.ts';
import { openSwiftStorage } from './swift/swift.ts';

export async function openStorageEntry(
  name: string,
  entry: StorageEntry,
  opening: Opening,
): Promise<Storage> {
  switch (entry.kind) {
    case 'filesystem':
      return openFilesystemStorage(entry.path);
    case 'host':
      return await openOnHost(name, entry, await opening.openHost(entry.host));
    case 's3':
      return await openS3Storage(name, entry, opening);
    case 'azure':
      return await openAzureStorage(name, entry, opening);
    case 'gcs':
      return await openGcsStorage(name, entry, opening);
    case 'swift':
      return await openSwiftStorage(name, entry, opening);
    default:
      return entry satisfies never;
  }
}
