// Which workers see a storage.

import type { StorageEntry } from '../../contracts/inventory.ts';

/** Where a worker must be to see the storage; undefined: anywhere. */
export const boundToOf = (entry: StorageEntry | undefined): string | undefined =>
  entry?.kind === 'filesystem' ? entry.boundTo : undefined;
