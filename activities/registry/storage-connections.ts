// Whom to trust on the way to a blob. A registry redirects pulls to its storage (S1 "Configure your clients"), whose
// certificate may come from another authority than the registry's: the registry's is trusted for the registry alone,
// the storages' for redirects alone.

import { rootCertificates } from 'node:tls';
import type { S3StorageEntry } from '../../contracts/inventory.ts';
import type { Environment } from '../environment.ts';
import { HttpConnection, type ConnectionOptions } from './http-connection.ts';

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
  const s3 = Object.values(environment.inventory.storages).filter((entry) => entry.kind === 's3');
  const rootCas = await Promise.all(
    s3.flatMap(({ rootca }) => (rootca === undefined ? [] : [environment.resolveSecret(rootca)])),
  );
  const own = registryCa === undefined ? [] : [registryCa];
  const registry = new HttpConnection({ ...options, ...(registryCa === undefined ? {} : { ca: own }) });
  const storage = new HttpConnection({ ...options, ca: [...rootCertificates, ...own, ...rootCas] });
  const unverified = new HttpConnection({ ...options, skipVerify: true });
  return {
    registry,
    towards(url, isOwn) {
      if (isOwn) return registry;
      return s3.some((entry) => entry.skipverify && servesHost(entry, new URL(url).host))
        ? unverified
        : storage;
    },
    close: async () => {
      await Promise.all([registry.close(), storage.close(), unverified.close()]);
    },
  };
}

/** The endpoint itself, or the bucket as a name below it. */
function servesHost(entry: S3StorageEntry, host: string): boolean {
  if (entry.regionendpoint === undefined) return false;
  const endpoint = /^https?:\/\//.test(entry.regionendpoint)
    ? new URL(entry.regionendpoint).host
    : entry.regionendpoint;
  return host === endpoint || host.endsWith(`.${endpoint}`);
}
