// Writes one object to S3 so that the server itself refuses other bytes than the digest names. The digest is sent
// twice: as `x-amz-checksum-sha256`, which the server checks, keeps and shows again, and as the signed
// `x-amz-content-sha256`, which servers without checksums check too. The client hashes nothing that is known.

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { measureBody, readableOf } from './measured-body.ts';

/** The body could not be read to its end, for a `cause` that has nothing to do with the server. */
export class BrokenBodyError extends Error {}

export type Put = { bucket: string; key: string; body: Readable | Buffer; size: number; sha256?: string };

/**
 * Does the server vouch for the digest? `sha256` is what was sent: the given one, or what was hashed on the way.
 * `BrokenBodyError` when the body breaks; the request ends with it, so that nothing is stored.
 */
export async function putObject(
  client: S3Client,
  objectKey: string,
  put: Put,
  signal: AbortSignal | undefined,
): Promise<{ sha256: string; proved: boolean }> {
  const request = { size: put.size, ...(put.sha256 !== undefined && { sha256: put.sha256 }) };
  const measured = measureBody(objectKey, request, { hash: put.sha256 === undefined });
  const source = readableOf(put.body);
  const ended = new AbortController();
  const abortSignal = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;

  const command = new PutObjectCommand({
    Bucket: put.bucket,
    Key: put.key,
    Body: measured.stream,
    ContentLength: put.size,
    ...(put.sha256 !== undefined && { ChecksumSHA256: Buffer.from(put.sha256, 'hex').toString('base64') }),
  });
  if (put.sha256 !== undefined) signPayload(command, put.sha256);

  let broken: unknown;
  const fed = pipeline(source, measured.stream, { end: true, signal: abortSignal }).catch(
    (error: unknown) => {
      // When the request ends first, it is the one that knows why.
      const endedByRequest = ['AbortError', 'ERR_STREAM_PREMATURE_CLOSE'];
      const { name, code = name } = error as NodeJS.ErrnoException;
      if (!endedByRequest.includes(code) && !endedByRequest.includes(name)) {
        broken = new BrokenBodyError('the body broke', { cause: error });
      }
      // Without this the request would wait for the rest of the body.
      ended.abort(error);
    },
  );
  try {
    const answer = await client.send(command, { abortSignal });
    const sha256 = put.sha256 ?? measured.sha256() ?? '';
    const kept = answer.ChecksumSHA256 ?? (put.sha256 && (await headSha256(client, put, abortSignal)));
    return { sha256, proved: kept === Buffer.from(sha256, 'hex').toString('base64') };
  } catch (error) {
    throw broken ?? error;
  } finally {
    source.destroy();
    measured.stream.destroy();
    await fed;
  }
}

/** Base64 of the SHA-256 that the server keeps of a whole object; undefined if it keeps none. */
export async function headSha256(
  client: S3Client,
  object: { bucket: string; key: string },
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const head = await client.send(
    new HeadObjectCommand({ Bucket: object.bucket, Key: object.key, ChecksumMode: 'ENABLED' }),
    { abortSignal },
  );
  return head.ChecksumType === 'COMPOSITE' ? undefined : head.ChecksumSHA256;
}

/** The signer takes the hash that it finds, instead of `UNSIGNED-PAYLOAD` for a stream. */
function signPayload(command: PutObjectCommand, sha256: string): void {
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    { step: 'build', name: 'knownPayloadHash' },
  );
}
