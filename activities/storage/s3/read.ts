// Reads objects, whole and in ranges.

import { Readable } from 'node:stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import { ObjectNotFoundError } from '../errors.ts';
import { expectLength } from '../bytes/expected-length.ts';
import { readAhead } from '../bytes/read-ahead.ts';
import type { ObjectStat, ReadItem } from '../storage.ts';
import { s3Error, statusOf } from './errors.ts';
import { EMPTY_SHA256 } from '../../../domain/storage/content-address.ts';
import { ask } from './connection.ts';
import type { S3Context } from './context.ts';
import type { Received } from './receive.ts';
import { sha256Of, TELLING } from './headers.ts';

type Range = { offset?: number; length?: number; signal?: AbortSignal };

export async function statObject(
  context: S3Context,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ObjectStat | undefined> {
  const headers = await headObject(context, key, signal);
  if (headers === undefined) return undefined;
  const sha256 = sha256Of(headers);
  return { size: Number(headers['content-length'] ?? 0), ...(sha256 !== undefined && { sha256 }) };
}

/** undefined: there is no such object. */
export async function headObject(
  context: S3Context,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Received['headers'] | undefined> {
  try {
    const { headers, body } = await ask(context, { action: 'stat', key, signal }, () =>
      context.wire.send({
        method: 'HEAD',
        key: context.root + key,
        payload: EMPTY_SHA256,
        headers: TELLING,
        signal,
      }),
    );
    body.resume();
    return headers;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

export async function readObject(
  context: S3Context,
  key: string,
  { offset = 0, length, signal }: Range,
): Promise<{ body: Readable; size: number }> {
  const ranged = offset > 0 || length !== undefined;
  const range = `bytes=${offset}-${length === undefined ? '' : offset + length - 1}`;
  const translate = (error: unknown): unknown =>
    s3Error(error, { storage: context.describe, action: 'read', key, signal });
  const get = (): Promise<Received> =>
    context.wire.send({
      method: 'GET',
      key: context.root + key,
      payload: EMPTY_SHA256,
      headers: ranged ? { range } : TELLING,
      signal,
      translate,
    });
  return await ask(context, { action: 'read', key, signal }, async () => {
    try {
      const { status, headers, body } = await get();
      const size = Number(headers['content-length'] ?? 0);
      if (!ranged) {
        const again = { read: get, size: async () => (await statObject(context, key, signal))?.size };
        const told = context.capabilities.etags.serverDigest(key, headers, again);
        return { body: told ? expectLength(body, undefined, { told, signal, translate }) : body, size };
      }
      if (status !== 206 || headers['content-range']?.startsWith(`bytes ${offset}-`) !== true) {
        body.destroy();
        throw new TransshipError(
          'StorageUnavailable',
          `${context.describe}: ${key}: the server was asked for ${range} and answered with ${headers['content-range'] ?? 'the whole'}`,
          { action: 'read', status },
        );
      }
      return { body, size };
    } catch (error) {
      // A range behind the end has no bytes, as in a file.
      if (statusOf(error) === 416) return { body: Readable.from([]), size: 0 };
      throw error;
    }
  });
}

export function readObjects(
  context: S3Context,
  keys: string[],
  { signal }: { signal?: AbortSignal },
): AsyncGenerator<ReadItem> {
  return readAhead(keys, (key, ended) => readObject(context, key, { signal: ended }), signal);
}
