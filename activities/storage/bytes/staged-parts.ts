// An object written to a directory in parts, so that a killed copy goes on where it stopped: the parts are written at their
// offsets into one file of the staging folder, and which are whole is noted beside it. All of it is hashed at the end, so
// that parts of other bytes never make an object.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DamagedObjectError } from '../errors.ts';
import type { UploadState, WriteInPartsOptions, WriteRequest } from '../storage.ts';

/** Above it an object is sent in parts: what a broken connection or a killed worker costs is then one part. */
export const PARTS_ABOVE_BYTES = 256 * 1024 * 1024;

const SMALLEST_PART_BYTES = 16 * 1024 * 1024;
const LARGEST_PART_BYTES = 256 * 1024 * 1024;
const PARTS = 64;
/** One is sent while the one before is still brought to disk. */
const PARTS_IN_FLIGHT = 2;
const UPLOAD_NAME = /^parts-[0-9a-f-]{36}$/;

export type Part = { number: number; offset: number; length: number };

/** Of one kind of directory. An upload is the name of its file in the staging folder. */
export type StagedParts = {
  /** Numbers of the parts that are on disk, none of a file that is too short for them: it was moved into place, or lost. */
  whole(state: UploadState): Promise<number[]>;
  /** The part is on disk, and noted. */
  send(state: UploadState, part: Part, body: Readable): Promise<void>;
  /** Moves what has the size and digest that were asked for into place, and returns its SHA-256. */
  join(state: UploadState): Promise<string>;
  discard(upload: string): Promise<void>;
};

/** Returns the SHA-256 of the object. Damaged bytes leave nothing behind; any other failure leaves the whole parts. */
export async function writeStagedParts(
  staged: StagedParts,
  read: (offset: number, length: number) => Promise<Readable>,
  { size, sha256 }: WriteRequest,
  { signal, moved, resume, begun }: WriteInPartsOptions,
): Promise<string> {
  const earlier = resume !== undefined && UPLOAD_NAME.test(resume.upload) ? resume : undefined;
  // Only a digest tells whether the parts of an earlier attempt are still what the source has.
  const goesOn = earlier !== undefined && sha256 !== undefined;
  const state = goesOn ? earlier : { upload: `parts-${randomUUID()}`, partBytes: partBytesFor(size) };
  const whole = new Set(goesOn ? await staged.whole(state) : []);
  if (earlier !== undefined && !goesOn) await staged.discard(earlier.upload);
  begun?.(state);

  const left: Part[] = [];
  for (let number = 0; number * state.partBytes < size; number += 1) {
    const offset = number * state.partBytes;
    if (!whole.has(number)) left.push({ number, offset, length: Math.min(state.partBytes, size - offset) });
  }
  const sendNext = async (): Promise<void> => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      signal?.throwIfAborted();
      await staged.send(state, part, await read(part.offset, part.length));
      moved?.();
    }
  };
  try {
    const sending = await Promise.allSettled(Array.from({ length: PARTS_IN_FLIGHT }, sendNext));
    for (const sent of sending) if (sent.status === 'rejected') throw sent.reason;
    return await staged.join(state);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof DamagedObjectError) await staged.discard(state.upload);
    throw error;
  }
}

function partBytesFor(size: number): number {
  return Math.min(LARGEST_PART_BYTES, Math.max(SMALLEST_PART_BYTES, Math.ceil(size / PARTS)));
}
