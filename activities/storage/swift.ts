import type { SwiftStorageEntry, SecretRef } from '../../contracts/inventory.ts';
import type { Storage } from './storage.ts';

export function openSwiftStorage(
  name: string,
  _entry: SwiftStorageEntry,
  _resolveSecret: (ref: SecretRef) => Promise<string>,
): Promise<Storage> {
  return Promise.reject(new Error(`storage ${name}: not built yet`));
}
