import type { AzureStorageEntry, SecretRef } from '../../contracts/inventory.ts';
import type { Storage } from './storage.ts';

export function openAzureStorage(
  name: string,
  _entry: AzureStorageEntry,
  _resolveSecret: (ref: SecretRef) => Promise<string>,
): Promise<Storage> {
  return Promise.reject(new Error(`storage ${name}: not built yet`));
}
