// Whom to trust on the way to a blob. A registry redirects pulls to its storage (S1 "Configure your clients"), whose
// certificate may come from another authority than the registry's: the registry's is trusted for the registry alone,
// the storages' for redirects alone.

import { rootCertificates } from 'node:tls';
import type { S3StorageEntry, StorageEntry, SwiftStorageEntry } from '../../../contracts/inventory.ts';
import type { Environment } from '../../environment.ts';
import { HttpConnection, type ConnectionOptions } from '../../http/http-connection.ts';

export type StorageConnections = {
  registry: HttpConnection;
  /** `own`: the URL is the registry's. */
  towards(this: void, url: string, own: boolean): HttpConnection;
  close(this: void): Promise<void>;
};

export async function openConnections(
  environment: Environment,
  registryCa: string | undefined,
  options: Pick<ConnectionOptions, 'signal' | 'onProgress'>,
): Promise<StorageConnections> {
  const storages = Object.values(environment.inventory.storages).filter(hasOwnTrust);
  const rootCas = await Promise.all(
    storages.flatMap(({ rootca }) => (rootca === undefined ? [] : [environment.resolveSecret(rootca)])),
  );
  const own = registryCa === undefined ? [] : [registryCa];
  const registry = new HttpConnection({ ...options, ...(registryCa === undefined ? {} : { ca: own }) });
  const storage = new HttpConnection({ ...options, ca: [...rootCertificates, ...own, ...rootCas] });
  const unverified = new HttpConnection({ ...options, skipVerify: true });
  return {
    registry,
    towards(url, isOwn) {
      if (isOwn) return registry;
      return storages.some((entry) => isUnverified(entry, new URL(url))) ? unverified : storage;
    },
    close: async () => {
      await Promise.all([registry.close(), storage.close(), unverified.close()]);
    },
  };
}

type OwnTrust = S3StorageEntry | SwiftStorageEntry;

/** Azure and Google have certificates of public authorities; their drivers have no fields to say otherwise. */
const hasOwnTrust = (entry: StorageEntry): entry is OwnTrust => entry.kind === 's3' || entry.kind === 'swift';

function isUnverified(entry: OwnTrust, url: URL): boolean {
  if (entry.kind === 's3')
    return entry.skipverify && isWithin(url.host, hostOf(entry.regionendpoint, 'host'));
  // The catalogue names the storage; it is known here only as a server beside the one that authenticates.
  return entry.insecureskipverify && isWithin(url.hostname, hostOf(entry.authurl, 'hostname'));
}

function hostOf(endpoint: string | undefined, part: 'host' | 'hostname'): string | undefined {
  if (endpoint === undefined) return undefined;
  return /^https?:\/\//.test(endpoint) ? new URL(endpoint)[part] : endpoint;
}

/** The endpoint itself, or the bucket as a name below it. */
const isWithin = (host: string, endpoint: string | undefined): boolean =>
  endpoint !== undefined && (host === endpoint || host.endsWith(`.${endpoint}`));
