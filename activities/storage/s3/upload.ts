// The life of an upload in parts, as the server sees it.

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { pause } from '../../concurrency/pause.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { UploadState } from '../storage.ts';
import { statusOf } from './errors.ts';
import { abortedBy, at } from './connection.ts';
import type { S3Context } from './context.ts';
import { notShown } from './read-back.ts';
import { statObject } from './read.ts';
import { provedOrRemoved } from './remove.ts';

/** `etag` as the server writes it, `sha256` in base64 where the server shows it. */
export type Part = { number: number; size: number; etag: string; sha256?: string };

const NOT_FOUND = 404;
const ABORT_TIMEOUT_MS = 10_000;
const ABORT_TRIES = 4;
const BETWEEN_ABORTS_MS = 250;

/** The upload's id. */
export async function beginUpload(
  context: S3Context,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { UploadId } = await context.client.send(
    new CreateMultipartUploadCommand({ ...at(context, key), ChecksumAlgorithm: 'SHA256' }),
    abortedBy(signal),
  );
  if (UploadId !== undefined) return UploadId;
  throw new TransshipError(
    'StorageUnavailable',
    `${context.describe}: ${key}: the server began an upload without an id`,
  );
}

/** By number; undefined: the server knows no such upload. */
export async function listParts(
  context: S3Context,
  key: string,
  state: UploadState | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<number, Part> | undefined> {
  const found = new Map<number, Part>();
  let marker: string | undefined;
  try {
    do {
      const page = await context.client.send(
        new ListPartsCommand({ ...at(context, key), UploadId: state?.upload, PartNumberMarker: marker }),
        abortedBy(signal),
      );
      for (const {
        PartNumber: number = 0,
        Size: size = 0,
        ETag: etag = '',
        ChecksumSHA256: sha256,
      } of page.Parts ?? []) {
        found.set(number, { number, size, etag, ...(sha256 !== undefined && { sha256 }) });
      }
      const next = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      // A server that says the same again would be asked for ever.
      marker = next === marker ? undefined : next;
    } while (marker !== undefined);
    return found;
  } catch (error) {
    // `NoSuchUpload`, or of Ceph's gateway `NoSuchKey`.
    if (statusOf(error) === NOT_FOUND) return undefined;
    throw error;
  }
}

/** From now on the object is there. `StorageUnavailable` unless the server says so and shows all of it. */
export async function completeUpload(
  context: S3Context,
  key: string,
  upload: string,
  parts: Part[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const inOrder = parts.toSorted((a, b) => a.number - b.number);
  const { ETag } = await context.client.send(
    new CompleteMultipartUploadCommand({
      ...at(context, key),
      UploadId: upload,
      MultipartUpload: {
        Parts: inOrder.map(({ number, etag, sha256 }) => ({
          PartNumber: number,
          ETag: etag,
          ...(sha256 !== undefined && { ChecksumSHA256: sha256 }),
        })),
      },
    }),
    abortedBy(signal),
  );
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  await provedOrRemoved(context, key, async () => {
    if (ETag === undefined) {
      throw new TransshipError(
        'StorageUnavailable',
        `${context.describe}: ${key}: the server does not say that it has put the parts together`,
        { key },
      );
    }
    const shown = await statObject(context, key, signal);
    if (shown === undefined) throw notShown(context, key);
    if (shown.size === size) return;
    throw new TransshipError(
      'StorageUnavailable',
      `${context.describe}: ${key} has ${shown.size} bytes instead of the ${size} of its parts`,
      { key },
    );
  });
}

/**
 * Best effort: what failed before is what matters. A part that was on its way arrives beside it or behind it and keeps the
 * upload there, with bytes to be paid for; so it is given up again until the server knows no such upload.
 */
export async function abortUpload(context: S3Context, key: string, upload: string): Promise<void> {
  const signal = AbortSignal.timeout(ABORT_TIMEOUT_MS);
  const command = new AbortMultipartUploadCommand({ ...at(context, key), UploadId: upload });
  for (let tries = 1; tries <= ABORT_TRIES && !signal.aborted; tries += 1) {
    try {
      await context.client.send(command, abortedBy(signal));
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return;
    }
    await pause(BETWEEN_ABORTS_MS);
  }
}
