// What activities get from the worker: the checked inventory, secrets at the moment of use, and open connections.
// Only worker/ builds one; an activity never reads the process's environment itself.

import type { Inventory, SecretRef } from '../contracts/inventory.ts';
import type { Patience } from './concurrency/patience.ts';
import type { RemoteHost } from './hosts/remote-host.ts';
import type { Storage } from './storage/storage.ts';

export type Environment = {
  readonly inventory: Inventory;
  readonly patience: Patience;
  /** `SecretUnavailable` if it cannot be read. The value must go nowhere but to the server that needs it. */
  resolveSecret(ref: SecretRef): Promise<string>;
  /** The storage of that name in the inventory; opened once and shared by all activities of the worker. */
  openStorage(name: string): Promise<Storage>;
  /** The host of that name in the inventory; one connection, opened again when it broke. */
  openHost(name: string): Promise<RemoteHost>;
};
