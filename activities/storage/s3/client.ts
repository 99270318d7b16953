// The client of one S3 storage entry. Every field of S1's page is used here; nothing is taken from the environment
// but, where the entry has no keys, the worker's own credentials.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3StorageEntry, SecretRef } from '../../../contracts/inventory.ts';
import { fromCachedSecret } from '../../concurrency/cached-secret.ts';
import { withScheme } from '../../../domain/storage/storage-kinds.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { CONNECT_TIMEOUT_MS, MAX_CONNECTIONS, SILENCE_TIMEOUT_MS, type Tls } from '../connecting.ts';
import type { ApiOpening } from '../opening.ts';

/** The SDK asks for credentials again for each request while they end within five minutes. */
const CREDENTIALS_LIFE_MS = 60_000;

const silently = (): void => undefined;
const SILENT = { trace: silently, debug: silently, info: silently, warn: silently, error: silently };

export async function createS3Client(
  name: string,
  entry: S3StorageEntry,
  { resolveSecret, patience }: ApiOpening,
): Promise<{ client: S3Client; tls: Tls }> {
  if (!entry.v4auth) {
    throw new TransshipError('InvalidInput', `storage ${name}: only signature version 4 can be used`);
  }
  const ca = entry.rootca && [...rootCertificates, await resolveSecret(entry.rootca)];
  const { accesskey, secretkey, sessiontoken } = entry;
  const credentials =
    accesskey && secretkey
      ? credentialsOf([accesskey, secretkey, ...(sessiontoken ? [sessiontoken] : [])], resolveSecret)
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
  return { client, tls };
}

/** The age of the secrets is watched here, so the SDK is told of an end that makes it ask each time. */
function credentialsOf(refs: SecretRef[], resolveSecret: ApiOpening['resolveSecret']) {
  const current = fromCachedSecret(
    async () => await Promise.all(refs.map(resolveSecret)),
    ([accessKeyId = '', secretAccessKey = '', sessionToken]) => ({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    }),
  );
  return async () => ({ ...(await current()), expiration: new Date(Date.now() + CREDENTIALS_LIFE_MS) });
}

export const endpointOf = ({ regionendpoint = '', secure }: S3StorageEntry): string =>
  withScheme(regionendpoint, secure);
