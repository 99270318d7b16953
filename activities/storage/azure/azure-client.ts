// The way to one container of Azure: its client with the account key of the moment, tries, time limits and errors.
// Nothing is taken from the environment but proxies.

import { ContainerClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { AzureStorageEntry } from '../../../contracts/inventory.ts';
import { SILENCE_TIMEOUT_MS } from '../connecting.ts';
import type { ApiOpening } from '../opening.ts';
import { azureDelay, azureError } from './azure-errors.ts';
import { fromCachedSecret } from '../../concurrency/cached-secret.ts';
import { retry } from '../../concurrency/retry.ts';

/** URL of the blob service, without a `/` at its end. */
export const azureServiceOf = (entry: AzureStorageEntry): string =>
  (entry.serviceurl ?? `https://${entry.accountname}.blob.${entry.realm}`).replace(/\/+$/, '');

export type AzureContext = {
  /** What is done, e.g. `write`. */
  action: string;
  key?: string;
  signal?: AbortSignal | undefined;
};

export type AzureCall = <T>(
  context: AzureContext,
  request: (container: ContainerClient, abortSignal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Makes one request, also a second and a third time, which must be possible; throws translated errors. */
export function azureCalls(
  entry: AzureStorageEntry,
  describe: string,
  { resolveSecret, patience }: ApiOpening,
): AzureCall {
  const url = `${azureServiceOf(entry)}/${encodeURIComponent(entry.container)}`;
  const container = fromCachedSecret(
    async () => (await resolveSecret(entry.accountkey)).trim(),
    (key) => {
      const credential = new StorageSharedKeyCredential(entry.accountname, key);
      // Tries are counted below, where Retry-After is read.
      return new ContainerClient(url, newPipeline(credential, { retryOptions: { maxTries: 1 } }));
    },
  );
  return async (context, request) => {
    const { signal } = context;
    try {
      signal?.throwIfAborted();
      return await retry(
        async () => await inTime(signal, async (abortSignal) => request(await container(), abortSignal)),
        azureDelay,
        patience.request,
        signal,
      );
    } catch (error) {
      throw azureError(error, { storage: describe, ...context });
    }
  };
}

/** The time counts until `request` resolves; a body that is read then has none. */
async function inTime<T>(
  signal: AbortSignal | undefined,
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), SILENCE_TIMEOUT_MS);
  try {
    return await request(signal ? AbortSignal.any([signal, silent.signal]) : silent.signal);
  } finally {
    clearTimeout(timer);
  }
}
