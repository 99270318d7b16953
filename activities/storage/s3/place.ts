// What every part of the S3 storage works with: one bucket and root directory at one server, under one account.

import type { S3Client } from '@aws-sdk/client-s3';
import type { Capabilities } from './capabilities.ts';
import { s3Error } from './errors.ts';
import type { S3Wire } from './wire.ts';

export type Place = {
  /** For people. */
  describe: string;
  /** undefined: AWS. */
  endpoint: string | undefined;
  bucket: string;
  /** What comes before every key: the root directory without a `/` at its start and with one at its end. */
  root: string;
  client: S3Client;
  wire: S3Wire;
  capabilities: Capabilities;
};

/** What an error is to be told with; `key` is the storage's key. */
export type Asking = { action: string; key?: string; signal?: AbortSignal | undefined };

/** Sends, and turns what goes wrong into the errors of storages. */
export async function ask<T>(
  place: Pick<Place, 'describe'>,
  { action, key, signal }: Asking,
  send: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await send();
  } catch (error) {
    throw s3Error(error, { storage: place.describe, action, signal, ...(key !== undefined && { key }) });
  }
}

export const at = (place: Place, key: string): { Bucket: string; Key: string } => ({
  Bucket: place.bucket,
  Key: place.root + key,
});

/** As the SDK's requests want it. */
export const abortedBy = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal ? { abortSignal: signal } : {};

export const hexToBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
export const base64ToHex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
