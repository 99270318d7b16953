// Writes objects to Google Cloud Storage so that the service checks their MD5 before they appear. Small bodies go in
// one request with it; larger streams in a resumable upload, whose last piece is sent once the digest of the whole is
// known to be right, with the MD5 that the service compares. The URI of such an upload lets whoever has it write the
// object, so it is kept nowhere: what must survive the worker goes another way (gcs-parts.ts).

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { GcsRequest } from './gcs-client.ts';
import { objectPath, removeObject, type GcsBucket, type GcsObject } from './gcs-objects.ts';
import { keptDigest } from '../bytes/kept-digest.ts';
import { inPieces, wholeBody, type Digests } from '../bytes/pieces.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';

/** Bodies up to this size go in one request. */
export const PUT_BYTES = 8 * 1024 * 1024;
/** A multiple of 256 KiB, as the service wants it. */
const PIECE_BYTES = 8 * 1024 * 1024;
export const CONTENT_TYPE = 'application/octet-stream';

/** Lower-case hex SHA-256 of what was written. */
export async function writeGcsObject(
  bucket: GcsBucket,
  key: string,
  body: Readable | Buffer,
  request: WriteRequest,
  options: WriteOptions,
): Promise<string> {
  if (request.size > PUT_BYTES) return await writeResumable(bucket, key, body, request, options);
  const { bytes, ...digests } = await wholeBody(key, body, request, options.signal);
  const metadata = keptDigest(digests.sha256, `md5=${digests.md5}`, await bucket.seal());
  const stored = await putObject(
    bucket,
    { key, name: bucket.root + key, bytes, md5: digests.md5, metadata },
    options,
  );
  await requireMd5(bucket, key, stored, digests);
  return digests.sha256;
}

/** One request, refused by the service unless the MD5 is right. */
export async function putObject(
  { client, bucket }: GcsBucket,
  object: {
    key: string;
    name: string;
    bytes: Buffer;
    md5: string;
    metadata?: object;
    storageClass?: string;
    /** Refused with 412 when there is an object of that name. */
    isNew?: boolean;
  },
  { signal }: WriteOptions,
): Promise<GcsObject> {
  const { key, bytes, md5, name, metadata, storageClass } = object;
  const resource = { name, contentType: CONTENT_TYPE, md5Hash: base64(md5), metadata, storageClass };
  const boundary = randomUUID();
  const part = (type: string): string => `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`;
  return await client.json<GcsObject>({
    ...{ action: 'write', key, signal },
    method: 'POST',
    path: uploadPath(bucket),
    query: { uploadType: 'multipart', ...(object.isNew && { ifGenerationMatch: '0' }) },
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: Buffer.concat([
      Buffer.from(`${part('application/json')}${JSON.stringify(resource)}\r\n${part(CONTENT_TYPE)}`),
      bytes,
      Buffer.from(`\r\n--${boundary}--`),
    ]),
  });
}

async function writeResumable(
  bucket: GcsBucket,
  key: string,
  body: Readable | Buffer,
  request: WriteRequest,
  options: WriteOptions,
): Promise<string> {
  const { client } = bucket;
  const context = { action: 'write', key, signal: options.signal };
  const begun = await client.whole({
    ...context,
    method: 'POST',
    path: uploadPath(bucket.bucket),
    query: { uploadType: 'resumable', name: bucket.root + key },
    headers: { 'x-upload-content-type': CONTENT_TYPE, 'x-upload-content-length': String(request.size) },
    body: {},
  });
  const location = new URL(begun.headers['location'] ?? '', 'http://none');
  // At our own endpoint: a proxy in between must not be left out.
  const session = `${location.pathname}${location.search}`;
  let stored: GcsObject | undefined;
  try {
    const digests = await inPieces(
      key,
      body,
      request,
      { ...options, pieceBytes: PIECE_BYTES },
      async (piece, offset, whole) => {
        const end = offset + piece.length;
        const answer = await client.whole({
          ...context,
          method: 'PUT',
          path: session,
          headers: {
            'content-range': `bytes ${offset}-${end - 1}/${whole === undefined ? '*' : end}`,
            ...(whole !== undefined && { 'x-goog-hash': `md5=${base64(whole.md5)}` }),
          },
          body: piece,
          // A second try would have to ask first how much has arrived; the whole write is tried again instead.
          once: true,
          accept: [308],
        });
        options.moved?.();
        if (whole !== undefined && answer.status !== 308) stored = JSON.parse(answer.text) as GcsObject;
        else requireArrived(bucket.describe, key, end, answer.headers['range']);
      },
    );
    if (stored === undefined) throw unfinished(bucket.describe, key);
    await requireMd5(bucket, key, stored, digests);
    await client.json({
      ...context,
      method: 'PATCH',
      path: objectPath(bucket.bucket, bucket.root + key),
      query: { generation: stored.generation, ifGenerationMatch: stored.generation },
      body: { metadata: keptDigest(digests.sha256, `md5=${digests.md5}`, await bucket.seal()) },
    });
    return digests.sha256;
  } catch (error) {
    // The service forgets the upload, also when our own operation has been cancelled.
    const forget = {
      action: 'cancel',
      method: 'DELETE',
      path: session,
      accept: [404, 410, 499],
    } satisfies GcsRequest;
    if (stored === undefined) await client.whole(forget).catch(() => undefined);
    throw error;
  }
}

/** For services that do not check what they are told: an object with other bytes is removed again. */
async function requireMd5(
  bucket: GcsBucket,
  key: string,
  stored: GcsObject,
  digests: Digests,
): Promise<void> {
  if (stored.md5Hash === base64(digests.md5)) return;
  await removeObject(bucket, stored.name, { action: 'remove', key }, stored.generation);
  throw new TransshipError('IntegrityMismatch', `${bucket.describe}: ${key} arrived with other bytes`, {
    key,
  });
}

function requireArrived(describe: string, key: string, bytes: number, range: string | undefined): void {
  if (range?.endsWith(`-${bytes - 1}`) === true) return;
  throw unfinished(describe, key);
}

const unfinished = (describe: string, key: string): TransshipError =>
  new TransshipError('StorageUnavailable', `${describe}: write ${key}: the service did not take all bytes`, {
    action: 'write',
  });

export const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

const uploadPath = (bucket: string): string => `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
