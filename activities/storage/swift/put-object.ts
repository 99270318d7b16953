// Writes an object that needs no segments, with one PUT. Its SHA-256 is hashed on the way and known before the last
// byte is sent, so that wrong bytes never become an object; the server compares the MD5.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransshipError } from '../../../domain/transship-error.ts';
import { DamagedObjectError } from '../errors.ts';
import { measureBody } from '../bytes/measured-body.ts';
import type { WriteRequest } from '../storage.ts';
import type { Container } from './container.ts';
import { etagOf } from './large-objects.ts';

/** What the registry's driver sets. */
export const CONTENT_TYPE = 'application/octet-stream';

type Put = { object: string; key: string; signal: AbortSignal | undefined };

/** false: there is an object of that name already, and `unlessThere` was asked for. The server refuses another MD5. */
export async function putBuffer(
  container: Container,
  put: Put & { body: Buffer; unlessThere?: boolean; headers?: Record<string, string> },
): Promise<boolean> {
  const md5 = createHash('md5').update(put.body).digest('hex');
  const { status, headers } = await container.client.head({
    method: 'PUT',
    container: container.name,
    object: put.object,
    headers: {
      'content-type': CONTENT_TYPE,
      'content-length': String(put.body.length),
      etag: md5,
      ...(put.unlessThere === true && { 'if-none-match': '*' }),
      ...put.headers,
    },
    body: put.body,
    signal: put.signal,
    action: 'write',
    key: put.key,
    accept: put.unlessThere === true ? [412] : [],
  });
  if (status === 412) return false;
  if (etagOf(headers) !== md5) throw await notAsSent(container, put, { md5, told: etagOf(headers) });
  return true;
}

/** SHA-256 of the body. Throws what broke the body. */
export async function putStream(
  container: Container,
  put: Put & { body: Readable },
  request: WriteRequest,
): Promise<string> {
  const measured = measureBody(put.key, request, { hash: ['sha256', 'md5'] });
  const ended = new AbortController();
  const signal = put.signal ? AbortSignal.any([put.signal, ended.signal]) : ended.signal;
  let broken: { error: unknown } | undefined;
  const fed = pipeline(put.body, measured.stream, { signal }).catch((error: unknown) => {
    // When the request ends first, it is the one that knows why.
    const endedByRequest = ['AbortError', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'];
    const { name, code = name } = error as NodeJS.ErrnoException;
    if (!endedByRequest.includes(code)) broken = { error };
    ended.abort(error);
  });
  try {
    const { headers } = await container.client.head({
      method: 'PUT',
      container: container.name,
      object: put.object,
      headers: { 'content-type': CONTENT_TYPE, 'content-length': String(request.size) },
      body: measured.stream,
      signal,
      action: 'write',
      key: put.key,
    });
    const { sha256 = '', md5 = '' } = measured.digests();
    // Only now, because nobody knew the MD5 of a stream before; the bytes had the right SHA-256 when they left here.
    if (etagOf(headers) !== md5) throw await notAsSent(container, put, { md5, told: etagOf(headers) });
    return sha256;
  } catch (error) {
    if (put.signal?.aborted) throw put.signal.reason;
    throw broken === undefined || isSameCut(broken.error, error) ? error : broken.error;
  } finally {
    put.body.destroy();
    measured.stream.destroy();
    await fed;
  }
}

/** A connection that is cut ends the stream, too, with its own error; what it means stands in that of the request. */
const isSameCut = (broke: unknown, error: unknown): boolean => {
  const { code } = broke as NodeJS.ErrnoException;
  return code !== undefined && code === ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
};

/** The object is removed, so that no later pass trusts it. */
async function notAsSent(
  container: Container,
  { object, key, signal }: Put,
  { md5, told }: { md5: string; told: string },
): Promise<Error> {
  await container.client.head({
    method: 'DELETE',
    container: container.name,
    object,
    signal,
    action: 'remove',
    key,
    accept: [404],
  });
  if (told === '') {
    return new TransshipError(
      'StorageUnavailable',
      `${container.describe}: write ${key}: the server tells no MD5 of what it stored`,
      { action: 'write', key },
    );
  }
  return new DamagedObjectError(key, `the server stored bytes with MD5 ${told} instead of ${md5}`);
}

/** SHA-256 of the body. */
export function requireBytes(key: string, body: Buffer, request: WriteRequest): string {
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (body.length !== request.size) {
    throw new DamagedObjectError(key, `has ${body.length} bytes instead of the ${request.size} announced`);
  }
  if (request.sha256 !== undefined && request.sha256 !== sha256) {
    throw new DamagedObjectError(key, `has SHA-256 ${sha256} instead of ${request.sha256}`);
  }
  return sha256;
}
