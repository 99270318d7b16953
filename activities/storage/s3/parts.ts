// Writes one large object in parts. The server checks the SHA-256 of every part, and one SHA-256 over all of them is
// taken on the way: the object comes to be only if that is right. What an earlier attempt has sent is asked of the
// server, compared with the source, and not sent again.

import type { Readable } from 'node:stream';
import { DamagedObjectError } from '../errors.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { hashStream, type HashingStream } from '../bytes/hash-thread.ts';
import { readableOf } from '../bytes/measured-body.ts';
import type { UploadState, WriteInPartsOptions, WriteRequest, WriteResult } from '../storage.ts';
import { ask } from './connection.ts';
import type { S3Context } from './context.ts';
import { hexToBase64 } from './headers.ts';
import { putObject } from './put.ts';
import { readBack } from './read-back.ts';
import { encodeStrictly } from './sign.ts';
import { abortUpload, beginUpload, completeUpload, listParts, type Part } from './upload.ts';

const MIB = 1024 ** 2;
const [SMALLEST_PART_BYTES, USUAL_PART_BYTES] = [8 * MIB, 32 * MIB];
/** AWS takes 10,000; Swift's s3api takes so many. */
const MAX_PARTS = 1000;
/** Held in memory at once, each with a request of its own. */
const PARTS_IN_FLIGHT = 4;
const MANY = 100;

type Read = (offset: number, length: number) => Promise<Readable>;

/** Small enough to be held in memory, large enough for the largest object to be within the limits. */
export function partBytesOf(size: number): number {
  const few = Math.min(USUAL_PART_BYTES, Math.max(SMALLEST_PART_BYTES, size / MANY));
  return Math.ceil(Math.max(few, size / MAX_PARTS) / MIB) * MIB;
}

export async function writeParts(
  context: S3Context,
  key: string,
  read: Read,
  request: WriteRequest,
  options: WriteInPartsOptions,
): Promise<WriteResult> {
  const { signal } = options;
  const asking = { action: 'write', key, signal };
  const found =
    options.resume && (await ask(context, asking, () => listParts(context, key, options.resume, signal)));
  let state = options.resume;
  if (state === undefined || found === undefined) {
    state = {
      upload: await ask(context, asking, () => beginUpload(context, key, signal)),
      partBytes: partBytesOf(request.size),
    };
    options.begun?.(state);
  }
  try {
    const { sha256, checked } = await ask(context, asking, () =>
      sendParts(context, { key, read, request, state, found }, options),
    );
    // A part of the attempt before that arrived beside the completion can keep the upload there, to be paid for
    if (state === options.resume) await abortUpload(context, key, state.upload);
    if (checked) return { sha256, proof: 'checksum' };
    await readBack(context, key, sha256, options);
    return { sha256, proof: 'read-back' };
  } catch (error) {
    // Kept for who knows of it and will come back: after a cancellation, and when the server was away.
    const passes =
      error instanceof TransshipError && !(error instanceof DamagedObjectError) && error.retryable;
    const mayGoOn = options.begun !== undefined && (signal?.aborted === true || passes);
    if (!mayGoOn) await abortUpload(context, key, state.upload);
    throw error;
  }
}

type Sending = {
  key: string;
  read: Read;
  request: WriteRequest;
  state: UploadState;
  found: Map<number, Part> | undefined;
};

async function sendParts(
  context: S3Context,
  { key, read, request, state, found }: Sending,
  { signal: outer, moved }: WriteInPartsOptions,
): Promise<{ sha256: string; checked: boolean }> {
  const ended = new AbortController();
  const signal = outer ? AbortSignal.any([outer, ended.signal]) : ended.signal;
  const whole = hashStream(['sha256']);
  const parts: Part[] = [];
  const sending = new Set<Promise<void>>();
  let failure: unknown;
  try {
    for (let offset = 0; offset < request.size; offset += state.partBytes) {
      const length = Math.min(state.partBytes, request.size - offset);
      const { bytes, sha256, md5 } = await readPart(key, await read(offset, length), length, whole);
      const number = offset / state.partBytes + 1;
      const there = found?.get(number);
      if (there !== undefined && isSame(there, { size: length, sha256, md5 })) {
        parts.push(there);
        moved?.();
        continue;
      }
      const query = `partNumber=${number}&uploadId=${encodeStrictly(state.upload)}`;
      const put = { key: context.root + key, name: key, body: bytes, size: length, sha256, query };
      const send = async (): Promise<void> => {
        try {
          const done = await putObject(context.wire, put, signal);
          const told = done.shown ? { sha256: hexToBase64(sha256) } : {};
          parts.push({ number, size: length, etag: done.etag, ...told });
          moved?.();
        } catch (error) {
          failure ??= error;
        }
      };
      const sent: Promise<void> = send().finally(() => sending.delete(sent));
      sending.add(sent);
      if (sending.size >= PARTS_IN_FLIGHT) await Promise.race(sending);
      if (failure !== undefined) throw failure;
    }
    await Promise.all(sending);
    if (failure !== undefined) throw failure;
    const { sha256 = '' } = await whole.digests();
    if (request.sha256 !== undefined && sha256 !== request.sha256) {
      throw new DamagedObjectError(key, `has SHA-256 ${sha256} instead of ${request.sha256}`);
    }
    const checked = await context.capabilities.refusesWrongBytes(context, outer);
    await completeUpload(context, key, state.upload, parts, outer);
    return { sha256, checked };
  } finally {
    whole.discard();
    ended.abort(new Error('another part has failed'));
    await Promise.all(sending);
  }
}

/** All of a part in memory, so that its digest can go ahead of it. */
async function readPart(
  key: string,
  body: Readable,
  length: number,
  whole: HashingStream,
): Promise<{ bytes: Buffer; sha256: string; md5: string }> {
  const source = readableOf(body);
  const own = hashStream(['sha256', 'md5']);
  const bytes = Buffer.allocUnsafeSlow(length);
  let seen = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (seen + chunk.length > length)
        throw new DamagedObjectError(key, 'has more bytes than were announced');
      chunk.copy(bytes, seen);
      const copied = bytes.subarray(seen, seen + chunk.length);
      seen += chunk.length;
      await whole.update(copied);
      await own.update(copied);
    }
    if (seen !== length) throw new DamagedObjectError(key, 'has fewer bytes than were announced');
    const { sha256 = '', md5 = '' } = await own.digests();
    return { bytes, sha256, md5 };
  } catch (error) {
    own.discard();
    throw error;
  } finally {
    source.destroy();
  }
}

/** A server that does not tell the part's SHA-256 tells its MD5 as its ETag. */
function isSame(there: Part, part: { size: number; sha256: string; md5: string }): boolean {
  if (there.size !== part.size) return false;
  if (there.sha256 !== undefined) return there.sha256 === hexToBase64(part.sha256);
  return there.etag.replaceAll('"', '') === part.md5;
}
