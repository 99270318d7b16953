// From an entry of the inventory to an open storage.

import type { StorageEntry, StorageKind } from '../../contracts/inventory.ts';
import { openAzureStorage } from './azure/azure.ts';
import { openFilesystemStorage } from './filesystem/filesystem.ts';
import { openGcsStorage } from './gcs/gcs.ts';
import { openOnHost } from './host/open-on-host.ts';
import type { Opening } from './opening.ts';
import { openS3Storage } from './s3/s3.ts';
import type { Storage } from './storage.ts';
import { openSwiftStorage } from './swift/swift.ts';

type Open<Entry> = (name: string, entry: Entry, opening: Opening) => Storage | Promise<Storage>;

const OPENERS: { [Kind in StorageKind]: Open<Extract<StorageEntry, { kind: Kind }>> } = {
  filesystem: (_name, { path, links }) => openFilesystemStorage(path, links),
  host: async (name, entry, { openHost }) => await openOnHost(name, entry, await openHost(entry.host)),
  s3: openS3Storage,
  azure: openAzureStorage,
  gcs: openGcsStorage,
  swift: openSwiftStorage,
};

export async function openStorageEntry(
  name: string,
  entry: StorageEntry,
  opening: Opening,
): Promise<Storage> {
  return await (OPENERS[entry.kind] as Open<StorageEntry>)(name, entry, opening);
}
