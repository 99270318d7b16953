// Copies from another bucket, or another folder of one, at the same server: no byte passes through the worker. The
// server hashes what it copies and tells the digest, or it is not done.

import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { DamagedObjectError, ObjectNotFoundError } from '../errors.ts';
import type { ObjectStat, WriteOptions, WriteRequest, WriteResult } from '../storage.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { abortedBy, ask, at, copySource } from './connection.ts';
import type { S3Context } from './context.ts';
import { base64ToHex } from './headers.ts';
import { notShown, readBack } from './read-back.ts';
import { statObject } from './read.ts';
import { provedOrRemoved } from './remove.ts';
import { abortUpload, beginUpload, completeUpload, type Part } from './upload.ts';

/** The largest object that one request copies. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;
const PART_BYTES = 1024 ** 3;
const PARTS_IN_FLIGHT = 4;

/**
 * undefined: they are at different servers, the destination's account cannot read the source, or the server does not
 * tell what it copied or, where no digest is given, what it was to copy. Above 5 GiB the copy is read back, for which
 * its digest must be given.
 */
export async function copyAcross(
  source: S3Context,
  destination: S3Context,
  key: string,
  request: WriteRequest,
  options: WriteOptions,
): Promise<WriteResult | undefined> {
  const { signal } = options;
  if (source.endpoint !== destination.endpoint) return undefined;
  const isLarge = request.size > MAX_COPY_BYTES;
  if (isLarge && request.sha256 === undefined) return undefined;
  if (!isLarge && !(await destination.capabilities.tellsDigestOfCopies(destination, signal)))
    return undefined;

  // As the destination's account, because it is the one that copies.
  const seen = { ...destination, bucket: source.bucket, root: source.root };
  const told = await whatIsThere(source, key, signal);
  requireSame(source, key, told, request);
  // The destination's account may see something else in the source's place.
  const expected = request.sha256 ?? told.sha256;
  if (expected === undefined) return undefined;
  if (isLarge) return await copyInParts(seen, destination, key, request, options);

  signal?.throwIfAborted();
  // A server goes on to copy when nobody waits for its answer any more.
  return await provedOrRemoved(destination, key, async () => {
    const answer = await ask(destination, { action: 'copy', key, signal }, () =>
      destination.client.send(
        new CopyObjectCommand({
          ...at(destination, key),
          CopySource: copySource(seen, key),
          ChecksumAlgorithm: 'SHA256',
        }),
        abortedBy(signal),
      ),
    ).catch(unlessRefused);
    if (answer === undefined) return undefined;
    const digest = answer.CopyObjectResult?.ChecksumSHA256;
    const sha256 = digest === undefined || digest.includes('-') ? undefined : base64ToHex(digest);
    if (sha256 === expected) {
      const shown = await statObject(destination, key, signal);
      if (shown === undefined) throw notShown(destination, key);
      if (shown.size === request.size) return { sha256, proof: 'server' };
    }
    // The source was not what was expected, was changed since, or is not what the destination's account sees.
    throw new DamagedObjectError(key, `was copied as ${sha256 ?? 'something unknown'}`);
  });
}

async function whatIsThere(
  source: S3Context,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ObjectStat> {
  const told = await statObject(source, key, signal);
  if (told === undefined) throw new ObjectNotFoundError(key, source.describe);
  return told;
}

/** Before anything is written, as far as the source tells. */
function requireSame(source: S3Context, key: string, told: ObjectStat, request: WriteRequest): void {
  if (told.size !== request.size) {
    throw new DamagedObjectError(
      key,
      `has ${told.size} bytes instead of ${request.size} in ${source.describe}`,
    );
  }
  if (told.sha256 !== undefined && request.sha256 !== undefined && told.sha256 !== request.sha256) {
    throw new DamagedObjectError(
      key,
      `has SHA-256 ${told.sha256} instead of ${request.sha256} in ${source.describe}`,
    );
  }
}

/** What the server refuses or does not know may still go the bytes' own way. */
function unlessRefused(error: unknown): undefined {
  // The source is there: the destination's account sees another place under the same name.
  if (error instanceof ObjectNotFoundError) return undefined;
  if (error instanceof TransshipError) {
    const status = Number(error.details['status']);
    if (error.type === 'AccessDenied' || status === 501 || (status >= 400 && status < 429)) return undefined;
  }
  throw error;
}

/** Beyond what one request copies. Nobody tells the digest of the whole, so it is read back. */
export async function copyInParts(
  source: S3Context,
  destination: S3Context,
  key: string,
  request: WriteRequest,
  options: WriteOptions,
): Promise<WriteResult | undefined> {
  const { signal, moved } = options;
  const asking = { action: 'write', key, signal };
  const upload = await ask(destination, asking, () => beginUpload(destination, key, signal));
  const sha256 = request.sha256 as string;
  try {
    const parts: Part[] = [];
    const starts = Array.from(
      { length: Math.ceil(request.size / PART_BYTES) },
      (_, index) => index * PART_BYTES,
    );
    const worker = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const size = Math.min(PART_BYTES, request.size - start);
        const number = start / PART_BYTES + 1;
        const { CopyPartResult } = await destination.client.send(
          new UploadPartCopyCommand({
            ...at(destination, key),
            UploadId: upload,
            PartNumber: number,
            CopySource: copySource(source, key),
            CopySourceRange: `bytes=${start}-${start + size - 1}`,
          }),
          abortedBy(signal),
        );
        const shown = CopyPartResult?.ChecksumSHA256;
        parts.push({
          number,
          size,
          etag: CopyPartResult?.ETag ?? '',
          ...(shown !== undefined && { sha256: shown }),
        });
        moved?.();
      }
    };
    await ask(destination, asking, async () => {
      const workers = Array.from({ length: PARTS_IN_FLIGHT }, worker);
      // None may be under way when the upload is aborted.
      const ended = await Promise.allSettled(workers);
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
      await completeUpload(destination, key, upload, parts, signal);
    });
  } catch (error) {
    await abortUpload(destination, key, upload);
    if (signal?.aborted) throw error;
    return unlessRefused(error);
  }
  await readBack(destination, key, sha256, options);
  return { sha256, proof: 'read-back' };
}
