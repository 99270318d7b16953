// Whom to trust on the way to a blob. A registry redirects pulls to its storage (S1 "Configure your clients"), whose
// certificate may come from another authority than the registry's: the registry's is trusted for the registry alone,
// the storages' for redirects alone. What a storage wants to be trusted by is read at the first redirect to it, so that
// a secret which nobody can read stands in the way of nothing but pulls from that storage.

import { rootCertificates } from 'node:tls';
import { kindOf, type OwnTrust } from '../../../domain/storage/storage-kinds.ts';
import type { Environment } from '../../environment.ts';
import { HttpConnection, type ConnectionOptions } from '../../http/http-connection.ts';

export type StorageConnections = {
  registry: HttpConnection;
  /** `own`: the URL is the registry's. */
  towards(this: void, url: string, own: boolean): Promise<HttpConnection>;
  close(this: void): Promise<void>;
};

export function openConnections(
  environment: Environment,
  registryCa: string | undefined,
  options: Pick<ConnectionOptions, 'signal' | 'onProgress'>,
): StorageConnections {
  const own = registryCa === undefined ? [] : [registryCa];
  const registry = new HttpConnection({ ...options, ...(registryCa === undefined ? {} : { ca: own }) });
  const opened = [registry];
  /** By the host of a redirect, its port included. */
  const storages = new Map<string, Promise<HttpConnection>>();

  const open = async (url: URL): Promise<HttpConnection> => {
    const trust = await trustFor(environment, url);
    const connection = new HttpConnection({
      ...options,
      ...(trust === 'anybody' ? { skipVerify: true } : { ca: [...rootCertificates, ...own, ...trust] }),
    });
    opened.push(connection);
    return connection;
  };
  return {
    registry,
    async towards(url, isOwn) {
      if (isOwn) return registry;
      const target = new URL(url);
      const known = storages.get(target.host);
      if (known !== undefined) return await known;
      const opening = open(target);
      storages.set(target.host, opening);
      opening.catch(() => storages.delete(target.host));
      return await opening;
    },
    close: async () => {
      await Promise.all(opened.map(async (connection) => await connection.close()));
    },
  };
}

/**
 * The authorities of the storages that are at the URL. Where no entry names the server (a catalogue does, or an alias),
 * any of them may be there: all are trusted, and one that cannot be read may be one that is not needed.
 */
async function trustFor(environment: Environment, url: URL): Promise<'anybody' | string[]> {
  const all = Object.values(environment.inventory.storages)
    .map((entry) => kindOf(entry).trust(entry))
    .filter((trust) => trust !== undefined);
  const there = all.filter((trust) => isAt(trust, url));
  if (there.some(({ unverified }) => unverified)) return 'anybody';
  const refs = (there.length > 0 ? there : all).flatMap(({ rootca }) =>
    rootca === undefined ? [] : [rootca],
  );
  const read = await Promise.allSettled(refs.map(async (ref) => await environment.resolveSecret(ref)));
  const unread = read.find((one) => one.status === 'rejected');
  if (unread !== undefined && there.length > 0) throw unread.reason;
  return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** The server itself, or the bucket as a name below it. */
function isAt({ server, by }: OwnTrust, url: URL): boolean {
  const host = hostOf(server, by);
  return host !== undefined && (url[by] === host || url[by].endsWith(`.${host}`));
}

function hostOf(endpoint: string | undefined, part: 'host' | 'hostname'): string | undefined {
  if (endpoint === undefined) return undefined;
  return /^https?:\/\//.test(endpoint) ? new URL(endpoint)[part] : endpoint;
}
