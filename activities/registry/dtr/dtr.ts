// What the files of this folder work with: a DTR or MSR 2 of the inventory, its API and that of each replica.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { Meter } from '../../concurrency/heartbeat.ts';
import type { Environment } from '../../environment.ts';
import type { Access } from '../access.ts';
import type { Replica } from '../control-plane.ts';
import { DtrClient } from './dtr-client.ts';

export type DtrReplica = Replica & { api: DtrClient };

export type Dtr = {
  name: string;
  entry: DtrRegistryEntry;
  api: DtrClient;
  replicas: DtrReplica[];
  environment: Environment;
  meter: Meter;
};

export function dtrOf(
  environment: Environment,
  { name, entry }: { name: string; entry: DtrRegistryEntry },
  { connection, credentials, images }: Access,
  meter: Meter,
): Dtr {
  const api = (url: string): DtrClient => new DtrClient(connection, url, credentials);
  return {
    name,
    entry,
    api: api(entry.url),
    replicas: entry.replicas.map(({ id, url }) => ({ id, url, api: api(url), images: images(url) })),
    environment,
    meter,
  };
}
