// Whom to trust on the way to a blob. A registry redirects pulls to its storage (S1 "Configure your clients"), whose
// certificate may come from another authority than the registry's: the registry's is trusted for the registry alone,
// the storages' for redirects alone.

import { rootCertificates } from 'node:tls';
import { kindOf, type OwnTrust } from '../../../domain/storage/storage-kinds.ts';
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
  const storages = Object.values(environment.inventory.storages)
    .map((entry) => kindOf(entry).trust(entry))
    .filter((trust) => trust !== undefined);
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
      return storages.some((trust) => isUnverified(trust, new URL(url))) ? unverified : storage;
    },
    close: async () => {
      await Promise.all([registry.close(), storage.close(), unverified.close()]);
    },
  };
}

function isUnverified({ unverified }: OwnTrust, url: URL): boolean {
  return unverified !== undefined && isWithin(url[unverified.by], hostOf(unverified.server, unverified.by));
}

function hostOf(endpoint: string | undefined, part: 'host' | 'hostname'): string | undefined {
  if (endpoint === undefined) return undefined;
  return /^https?:\/\//.test(endpoint) ? new URL(endpoint)[part] : endpoint;
}

/** The endpoint itself, or the bucket as a name below it. */
const isWithin = (host: string, endpoint: string | undefined): boolean =>
  endpoint !== undefined && (host === endpoint || host.endsWith(`.${endpoint}`));
