// How every product is reached: who we are, whom we trust, and the images behind a URL. Nothing is connected to before it
// is needed.

import type { RegistryEntry } from '../../contracts/inventory.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import type { HttpConnection } from '../http/http-connection.ts';
import type { Credentials } from './answer.ts';
import { RegistryV2Client } from './images/registry-v2-client.ts';
import { openConnections } from './images/storage-connections.ts';
import { TokenSource } from './images/token-source.ts';

export type Access = {
  connection: HttpConnection;
  credentials: Credentials;
  images(this: void, url: string): RegistryV2Client;
  close(this: void): Promise<void>;
};

export async function openAccess(
  environment: Environment,
  entry: Pick<RegistryEntry, 'ca' | 'username' | 'password'>,
  meter: Meter,
): Promise<Access> {
  const ca = entry.ca === undefined ? undefined : await environment.resolveSecret(entry.ca);
  const connections = openConnections(environment, ca, {
    signal: meter.signal,
    onProgress: () => meter.moved(),
  });
  let password: Promise<string> | undefined;
  const credentials: Credentials = async () => {
    if (entry.username === undefined || entry.password === undefined) return undefined;
    password ??= environment.resolveSecret(entry.password);
    return { username: entry.username, password: await password };
  };
  return {
    connection: connections.registry,
    credentials,
    images: (url) =>
      new RegistryV2Client(connections, new TokenSource(connections.registry, url, credentials)),
    close: connections.close,
  };
}
