// Builds what activities get: the inventory, secrets at the moment of use, and storages and hosts that are opened once
// and shared. An opening that failed is forgotten, so that the next attempt of an activity tries again.

import { PATIENCE } from '../activities/concurrency/patience.ts';
import type { Environment } from '../activities/environment.ts';
import { openSshHost } from '../activities/hosts/ssh-host.ts';
import type { RemoteHost } from '../activities/hosts/remote-host.ts';
import { openStorageEntry } from '../activities/storage/open-storage.ts';
import type { Storage } from '../activities/storage/storage.ts';
import type { Inventory, SecretRef } from '../contracts/inventory.ts';
import { TransshipError } from '../domain/transship-error.ts';

export type WorkerEnvironment = Environment & {
  /** Ends the connections. Activities must have ended. */
  close(): Promise<void>;
};

export function createEnvironment(
  inventory: Inventory,
  resolveSecret: (ref: SecretRef) => Promise<string>,
): WorkerEnvironment {
  const hosts = openedOnce<RemoteHost>(async (name) => {
    const entry = entryOf(inventory.hosts, 'host', name);
    return openSshHost(name, entry, async () => resolveSecret(entry.key));
  });
  const storages = openedOnce<Storage>(async (name) =>
    openStorageEntry(name, entryOf(inventory.storages, 'storage', name), {
      resolveSecret,
      openHost: hosts.open,
      patience: PATIENCE,
    }),
  );
  return {
    inventory,
    patience: PATIENCE,
    resolveSecret,
    openHost: hosts.open,
    openStorage: storages.open,
    async close() {
      await storages.close();
      await hosts.close();
    },
  };
}

function openedOnce<T extends { close(): Promise<void> }>(open: (name: string) => Promise<T>) {
  const opened = new Map<string, Promise<T>>();
  return {
    open: async (name: string): Promise<T> => {
      let one = opened.get(name);
      if (!one) {
        one = open(name);
        opened.set(name, one);
        one.catch(() => opened.delete(name));
      }
      return one;
    },
    close: async (): Promise<void> => {
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      await Promise.allSettled(all.map(async (one) => one.status === 'fulfilled' && one.value.close()));
    },
  };
}

function entryOf<T>(entries: Record<string, T>, what: string, name: string): T {
  if (Object.hasOwn(entries, name)) return entries[name] as T;
  throw new TransshipError('InvalidInput', `the inventory has no ${what} named ${name}`);
}
