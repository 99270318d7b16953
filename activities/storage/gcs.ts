import type { GcsStorageEntry, SecretRef } from '../../contracts/inventory.ts';
import type { Storage } from './storage.ts';

export function openGcsStorage(
  name: string,
  _entry: GcsStorageEntry,
  _resolveSecret: (ref: SecretRef) => Promise<string>,
): Promise<Storage> {
  return Promise.reject(new Error(`storage ${name}: not built yet`));
}
