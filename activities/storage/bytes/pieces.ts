// Cuts what is written into pieces that are held in memory: each is sent with its own checksum, and sent again
// without asking the source.

import { createHash } from 'node:crypto';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { TransshipError } from '../../../domain/transship-error.ts';
import { endOnAbort } from './end-on-abort.ts';
import { DamagedObjectError } from '../errors.ts';
import { hashStream } from './hash-thread.ts';
import { measureBody, readableOf } from './measured-body.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';

export type Digests = { sha256: string; md5: string };

/** `PreflightFailed` for more than a service of this kind takes at once. */
export function requireSize(describe: string, key: string, size: number, limit: number): void {
  if (size <= limit) return;
  throw new TransshipError(
    'PreflightFailed',
    `${describe}: ${key} has ${size} bytes, and more than ${limit} cannot be written`,
    { key, size },
  );
}

/** A whole small body; `DamagedObjectError` if it is another one than the request says. */
export async function wholeBody(
  key: string,
  body: Readable | Buffer,
  request: WriteRequest,
  signal: AbortSignal | undefined,
): Promise<Digests & { bytes: Buffer }> {
  const measured = measureBody(key, request, { hash: ['sha256', 'md5'] });
  feed(body, measured.stream, signal);
  const bytes = await buffer(measured.stream);
  return { ...(measured.digests() as Digests), bytes };
}

/**
 * `send` gets the pieces in their order, all of the same size but the last, of which no byte is handed out before the
 * whole body is known to be the right one: else `DamagedObjectError`. The last comes with the digests of the whole.
 */
export async function inPieces(
  key: string,
  body: Readable | Buffer,
  request: WriteRequest,
  options: WriteOptions & { pieceBytes: number },
  send: (piece: Buffer, offset: number, whole?: Digests) => Promise<void>,
): Promise<Digests> {
  const measured = measureBody(key, request, { hash: ['sha256', 'md5'] });
  feed(body, measured.stream, options.signal);
  let offset = 0;
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of measured.stream as AsyncIterable<Buffer>) {
    held.push(chunk);
    bytes += chunk.length;
    // The last piece stays until the stream has ended well.
    while (bytes > options.pieceBytes) {
      const all = Buffer.concat(held);
      await send(all.subarray(0, options.pieceBytes), offset);
      offset += options.pieceBytes;
      held = [all.subarray(options.pieceBytes)];
      bytes -= options.pieceBytes;
    }
  }
  const digests = measured.digests() as Digests;
  await send(Buffer.concat(held), offset, digests);
  return digests;
}

function feed(body: Readable | Buffer, measured: Transform, signal: AbortSignal | undefined): void {
  const source = readableOf(body);
  if (signal?.aborted) source.destroy();
  signal?.throwIfAborted();
  // The reader of the stream is told of every error.
  pipeline(source, endOnAbort(measured, signal), () => undefined);
}

export type Part = { index: number; bytes: Buffer; md5: string };

/**
 * Reads a source part by part and hashes all of it; parts that `isThere` are not sent. A few are on their way at
 * once. `DamagedObjectError` when the bytes are not those of the request; then all that was sent is for the caller to
 * drop.
 */
export async function inParts(
  key: string,
  read: (offset: number, length: number) => Promise<Readable>,
  request: WriteRequest,
  options: WriteOptions & { partBytes: number; partsAtOnce: number },
  target: { isThere(part: Part): boolean; send(part: Part): Promise<void> },
): Promise<Digests & { parts: Omit<Part, 'bytes'>[] }> {
  const { signal, moved, partBytes } = options;
  const hashing = hashStream(['sha256', 'md5']);
  const sending = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const parts: Omit<Part, 'bytes'>[] = [];
  const stopOnFailure = (): void => {
    signal?.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  };
  try {
    for (let offset = 0; offset < request.size; offset += partBytes) {
      const length = Math.min(partBytes, request.size - offset);
      const bytes = await readPart(key, await read(offset, length), length, signal);
      await hashing.update(bytes);
      const part = { index: offset / partBytes, bytes, md5: createHash('md5').update(bytes).digest('hex') };
      parts.push({ index: part.index, md5: part.md5 });
      moved?.();
      if (target.isThere(part)) continue;
      const one: Promise<void> = target
        .send(part)
        .then(moved, (error: unknown) => {
          failures.push(error);
        })
        .finally(() => sending.delete(one));
      sending.add(one);
      if (sending.size >= options.partsAtOnce) await Promise.race(sending);
      stopOnFailure();
    }
    await Promise.all(sending);
    stopOnFailure();
    const { sha256, md5 } = (await hashing.digests()) as Digests;
    if (request.sha256 !== undefined && sha256 !== request.sha256) {
      throw new DamagedObjectError(key, `has SHA-256 ${sha256} instead of ${request.sha256}`);
    }
    return { sha256, md5, parts };
  } finally {
    hashing.discard();
    await Promise.all(sending);
  }
}

async function readPart(
  key: string,
  body: Readable,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const bytes = await buffer(endOnAbort(readableOf(body), signal));
  if (bytes.length === length) return bytes;
  throw new DamagedObjectError(key, `gave ${bytes.length} bytes where ${length} were asked for`);
}
