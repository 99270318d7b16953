// One bucket and root directory at one server, under one account, and how requests to it are made and fail.

import type { S3Client } from '@aws-sdk/client-s3';
import { s3Error } from './errors.ts';
import { encodePath } from './sign.ts';
import type { S3Wire } from './wire.ts';

export type S3Connection = {
  /** For people. */
  describe: string;
  /** undefined: AWS. */
  endpoint: string | undefined;
  bucket: string;
  /** What comes before every key: the root directory without a `/` at its start and with one at its end. */
  root: string;
  client: S3Client;
  wire: S3Wire;
};

/** What an error is to be told with; `key` is the storage's key. */
export type Asking = { action: string; key?: string; signal?: AbortSignal | undefined };

/** Sends, and turns what goes wrong into the errors of storages. */
export async function ask<T>(
  connection: Pick<S3Connection, 'describe'>,
  { action, key, signal }: Asking,
  send: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await send();
  } catch (error) {
    throw s3Error(error, { storage: connection.describe, action, signal, ...(key !== undefined && { key }) });
  }
}

export const at = (connection: S3Connection, key: string): { Bucket: string; Key: string } => ({
  Bucket: connection.bucket,
  Key: connection.root + key,
});

/** As `x-amz-copy-source` wants it. */
export const copySource = ({ bucket, root }: S3Connection, key: string): string =>
  `${bucket}/${encodePath(root + key)}`;

/** As the SDK's requests want it. */
export const abortedBy = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal ? { abortSignal: signal } : {};
