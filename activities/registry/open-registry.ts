// A registry of the inventory as activities use it: the API and the images behind the external URL, and the images
// behind each replica's own. It belongs to one attempt of one activity and is closed with it, so that secrets and
// certificates are those of now.

import type { RegistryEntry, ReplicaEntry } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { DtrClient } from './dtr/dtr-client.ts';
import type { Progress } from '../concurrency/heartbeat.ts';
import { RegistryV2Client } from './images/registry-v2-client.ts';
import { openConnections } from './images/storage-connections.ts';
import { TokenSource } from './images/token-source.ts';

export type Replica = Pick<ReplicaEntry, 'id' | 'url'> & { api: DtrClient; images: RegistryV2Client };

export type Registry = {
  name: string;
  entry: RegistryEntry;
  api: DtrClient;
  images: RegistryV2Client;
  /** Those of the inventory, in its order; the cluster may have fewer for a while. */
  replicas: Replica[];
  progress: Progress;
  close(this: void): Promise<void>;
};

/** `InvalidInput` if the inventory has no registry of that name. */
export async function openRegistry(
  environment: Environment,
  name: string,
  progress: Progress,
): Promise<Registry> {
  const entry = environment.inventory.registries[name];
  if (entry === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no registry "${name}".`);
  const ca = entry.ca === undefined ? undefined : await environment.resolveSecret(entry.ca);
  const connections = openConnections(environment, ca, {
    signal: progress.signal,
    onProgress: () => progress.moved(),
  });
  let password: Promise<string> | undefined;
  const credentials = async (): Promise<{ username: string; password: string }> => {
    password ??= environment.resolveSecret(entry.password);
    return { username: entry.username, password: await password };
  };
  const api = (url: string): DtrClient => new DtrClient(connections.registry, url, credentials);
  const images = (url: string): RegistryV2Client =>
    new RegistryV2Client(connections, new TokenSource(connections.registry, url, credentials));
  return {
    name,
    entry,
    api: api(entry.url),
    images: images(entry.url),
    replicas: entry.replicas.map(({ id, url }) => ({ id, url, api: api(url), images: images(url) })),
    progress,
    close: connections.close,
  };
}
