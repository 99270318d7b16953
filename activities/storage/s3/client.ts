// The client of one S3 storage entry. Every field of S1's page is used here; nothing is taken from the environment
// but, where the entry has no keys, the worker's own credentials.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3StorageEntry, SecretRef } from '../../../contracts/inventory.ts';
import { CONNECT_TIMEOUT_MS, MAX_CONNECTIONS, SILENCE_TIMEOUT_MS } from '../../http/limits.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { ApiOpening } from '../opening.ts';

/** Secrets older than this are resolved again. */
const CREDENTIALS_AGE_LIMIT_MS = 60_000;

const silently = (): void => undefined;
const SILENT = { trace: silently, debug: silently, info: silently, warn: silently, error: silently };

/** How our own requests connect: as the SDK's do. */
export type Connecting = {
  connections: number;
  connectTimeoutMs: number;
  silenceTimeoutMs: number;
  tls: { ca?: string[]; rejectUnauthorized: boolean };
};

export async function createS3Client(
  name: string,
  entry: S3StorageEntry,
  { resolveSecret, patience }: ApiOpening,
): Promise<{ client: S3Client; connecting: Connecting }> {
  if (!entry.v4auth) {
    throw new TransshipError('InvalidInput', `storage ${name}: only signature version 4 can be used`);
  }
  const ca = entry.rootca && [...rootCertificates, await resolveSecret(entry.rootca)];
  const credentials =
    entry.accesskey && entry.secretkey
      ? freshCredentials(entry.accesskey, entry.secretkey, resolveSecret)
      : undefined;
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  // A `ca` of our own, so that AWS_CA_BUNDLE and the like on a worker change nothing.
  const tls = { ...(ca && { ca }), rejectUnauthorized: !entry.skipverify };
  const client = new S3Client({
    region: entry.region,
    ...(entry.regionendpoint && { endpoint: endpointOf(entry), forcePathStyle: true }),
    ...(credentials && { credentials }),
    tls: entry.secure,
    // Every error that matters is thrown; the SDK would print warnings of its own between our lines.
    logger: SILENT,
    maxAttempts: patience.s3.tries,
    // Else the SDK sends streams as aws-chunked with a trailer, which many compatible servers refuse. Our own
    // SHA-256 goes with every object instead.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent({ ...agentOptions, ...tls }),
    }),
  });
  return {
    client,
    connecting: {
      connections: MAX_CONNECTIONS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      silenceTimeoutMs: SILENCE_TIMEOUT_MS,
      tls,
    },
  };
}

type Credentials = { accessKeyId: string; secretAccessKey: string; expiration: Date };

/** Resolves the secrets again when they are old, so that a rotated secret needs no new worker. */
function freshCredentials(
  accesskey: SecretRef,
  secretkey: SecretRef,
  resolveSecret: (ref: SecretRef) => Promise<string>,
): () => Promise<Credentials> {
  const resolve = async (expiration: Date): Promise<Credentials> => ({
    accessKeyId: await resolveSecret(accesskey),
    secretAccessKey: await resolveSecret(secretkey),
    expiration,
  });
  let known: { until: number; credentials: Promise<Credentials> } | undefined;
  // The SDK asks for each request once the expiration is less than five minutes away; the age is watched here.
  return async () => {
    if (known === undefined || Date.now() >= known.until) {
      const until = Date.now() + CREDENTIALS_AGE_LIMIT_MS;
      known = { until, credentials: resolve(new Date(until)) };
      known.credentials.catch(() => {
        known = undefined;
      });
    }
    return await known.credentials;
  };
}

/** The registry's driver takes an endpoint with or without a scheme; without one `secure` decides. */
export function endpointOf(entry: S3StorageEntry): string {
  const endpoint = entry.regionendpoint ?? '';
  return /^https?:\/\//.test(endpoint) ? endpoint : `${entry.secure ? 'https' : 'http'}://${endpoint}`;
}
