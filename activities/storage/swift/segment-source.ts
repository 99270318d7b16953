// Where the bytes of the next segment come from: one stream from its beginning to its end, or readings of ranges.

import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DamagedObjectError } from '../errors.ts';
import type { WriteRequest } from '../storage.ts';
import type { NextBytes } from './write-segments.ts';

/** `DamagedObjectError` for a stream that has more bytes than announced; one that is too short gives fewer. */
export function nextOfStream(
  key: string,
  stream: Readable,
  { size }: WriteRequest,
  signal: AbortSignal | undefined,
): NextBytes {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  signal?.addEventListener('abort', () => stream.destroy(signal.reason as Error), { once: true });
  let rest: Buffer = Buffer.alloc(0);
  return async ({ offset, length }) => {
    const isLast = offset + length === size;
    const taken = [rest];
    let bytes = rest.length;
    // One byte more than wanted would be one too many, so the end is looked for.
    while (isLast ? bytes <= length : bytes < length) {
      const { value, done } = await chunks.next();
      if (done === true) break;
      taken.push(value);
      bytes += value.length;
    }
    const all = Buffer.concat(taken);
    if (isLast && all.length > length) {
      stream.destroy();
      throw new DamagedObjectError(key, `has more than the ${size} bytes that were announced`);
    }
    rest = all.subarray(length);
    return { bytes: all.subarray(0, length), isStored: false };
  };
}

/**
 * What an earlier attempt sent is read back from where it is and not from the source again, if a known digest of the
 * whole will tell whether it is right. Else it could be of an older object, and only bytes that are the same are kept.
 */
export function nextOfReads(
  read: (offset: number, length: number) => Promise<Readable>,
  { sha256 }: WriteRequest,
): NextBytes {
  return async ({ offset, length }, stored) => {
    if (sha256 !== undefined && stored !== undefined) {
      return { bytes: await buffer(await stored()), isStored: true };
    }
    return { bytes: await buffer(await read(offset, length)), isStored: false };
  };
}
