// Access tokens for Google Cloud Storage, from a service account's key file or the worker's own credentials.

import type { GcsStorageEntry, SecretRef } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fromFreshSecret } from './fresh-secret.ts';

type Credentials = { client_email?: string; private_key?: string };

/**
 * A token of this moment; undefined for an emulator: an endpoint without TLS and without a key file gets none, because
 * the worker's own credentials must not be sent in clear.
 */
export function gcsTokens(
  name: string,
  entry: GcsStorageEntry,
  resolveSecret: (ref: SecretRef) => Promise<string>,
): () => Promise<string | undefined> {
  const { keyfile, endpoint } = entry;
  if (keyfile === undefined && endpoint?.startsWith('http:') === true)
    return () => Promise.resolve(undefined);
  const source = fromFreshSecret(
    async () => (keyfile === undefined ? '' : await resolveSecret(keyfile)),
    (text) => authOf(keyfile === undefined ? undefined : parsedKeyFile(name, text)),
  );
  return async () => {
    const auth = await source();
    try {
      return (await auth.getAccessToken()) ?? undefined;
    } catch (error) {
      const type = keyfile === undefined ? 'SecretUnavailable' : 'AccessDenied';
      throw new TransshipError(
        type,
        `storage ${name}: no access token of Google: ${(error as Error).message}`,
      );
    }
  };
}

function parsedKeyFile(name: string, text: string): Credentials {
  try {
    return JSON.parse(text) as Credentials;
  } catch {
    // The parser's own message would show some of the key.
    throw new TransshipError('SecretUnavailable', `storage ${name}: its key file is not JSON`);
  }
}

/** The library is loaded when it is needed first: it is large, and most workers have no storage at Google. */
async function authOf(credentials: Credentials | undefined) {
  const { Storage } = await import('@google-cloud/storage');
  return new Storage(credentials && { credentials }).authClient;
}
