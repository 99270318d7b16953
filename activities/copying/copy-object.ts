// Copies one object and proves it. The digest that its key names goes with the write, so that the destination refuses
// other bytes. When it does, the source is read again: either it is damaged, or the bytes were damaged on their way.
// An object that cannot be read is damaged too, if others of the source can.

import type { Readable } from 'node:stream';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { Tries } from '../concurrency/patience.ts';
import { copyByServer } from './copy-by-server.ts';
import { DamagedObjectError, ObjectNotFoundError, UnreadableObjectError } from '../storage/errors.ts';
import { fixedSha256, sha256OfBuffer } from './fixed-sha256.ts';
import { type Pace, UNPACED } from './pace/pace.ts';
import { isThrottled } from './pace/throttling.ts';
import { lentSource, otherIsReadable, readSource, sha256OfReading, statOf } from './read-source.ts';
import type { Destination, Storage, UploadState, WriteResult } from '../storage/storage.ts';
import type { WorkResult } from './work-list.ts';

const CHANGING = { expected: 'an object that nobody writes to', actual: 'changed while it was copied' };

export type CopyOptions = {
  pace?: Pace;
  /** Of an earlier attempt at the same object that was killed while it wrote in parts. */
  resume?: UploadState | undefined;
  /** An upload in parts can be gone on with from now on. */
  begun?: (state: UploadState) => void;
};

/** `body` is the bytes of a small object that were read of the source already. */
export async function copyObject(
  source: Storage,
  destination: Destination,
  object: { key: string; size: number; body?: Buffer },
  meter: Meter,
  options: CopyOptions = {},
): Promise<WorkResult> {
  const { key } = object;
  const { signal } = meter;
  const { pace = UNPACED } = options;
  if (object.body === undefined) {
    const copied = await copyByServer(source, destination, object, meter, pace);
    if (copied !== undefined) return copied;
  }

  const expected = fixedSha256(key);
  let size = object.size;
  let body = object.body;
  let upload = options.resume;
  const tries = new Tries(meter.patience.object);
  const throttled = new Tries(meter.patience.throttled);
  const writeOnce = async (sha256: string | undefined): Promise<WriteResult> => {
    const request = { size, ...(sha256 !== undefined && { sha256 }) };
    if (body !== undefined) return await destination.write(key, body, request, meter);
    if (isInParts(destination, size)) {
      return await destination.writeInParts!(
        key,
        (offset, length) => readPart(source, key, { offset, length }, meter, pace),
        request,
        {
          ...meter,
          ...(upload && { resume: upload }),
          begun(state) {
            upload = state;
            options.begun?.(state);
          },
        },
      );
    }
    if (sha256 !== undefined && source.readLent !== undefined && destination.writeLent !== undefined) {
      const bytes = lentSource(source.readLent(key, { signal }), key, meter, pace);
      return await destination.writeLent(key, bytes, { size, sha256 }, meter);
    }
    return await destination.write(key, await readSource(source, key, meter, { pace }), request, meter);
  };
  for (;;) {
    try {
      let sha256: string | undefined = expected ?? (body && sha256OfBuffer(body));
      if (sha256 === undefined && destination.proof.kind === 'server') {
        // A digest that goes ahead of the bytes lets the destination prove them.
        const told = await statOf(source, key, signal);
        if (told === undefined) return { key, vanished: true };
        size = told.size;
        sha256 = told.sha256;
      }
      const written = await writeOnce(sha256);
      return { key, size, ...written };
    } catch (failure) {
      let error = failure;
      if (error instanceof DamagedObjectError) {
        // Whatever parts the server has, the next try begins anew.
        upload = undefined;
        try {
          const found = await sha256OfReading(source, key, meter, pace);
          if (found === undefined) return { key, vanished: true };
          if (expected !== undefined && found !== expected)
            return { key, size, damaged: { expected, actual: found } };
          // An object whose key does not tell its content was written while it was read; it has another size now.
          size = (await statOf(source, key, signal))?.size ?? size;
        } catch (unreadable) {
          error = unreadable;
        }
      }
      if (error instanceof ObjectNotFoundError) {
        // It may be the destination that does not show what was just written.
        if ((await statOf(source, key, signal)) === undefined) return { key, vanished: true };
        throw new TransshipError('StorageUnavailable', error.message, { key }, { cause: error });
      }
      if (!signal.aborted && isThrottled(error) && !throttled.isLast) {
        pace.throttled();
        await meter.patiently(throttled.next(signal));
        continue;
      }
      if (error instanceof UnreadableObjectError) {
        if (tries.isLast) {
          if (!(await otherIsReadable(source, key, meter))) throw error.cause;
          return { key, size, damaged: { expected: expected ?? 'unknown', actual: 'unreadable' } };
        }
      } else if (!(error instanceof DamagedObjectError)) throw error;
      else if (tries.isLast) {
        // It was written to each time, such as a log that grows: the next pass tries again.
        if (expected === undefined) return { key, size, damaged: CHANGING };
        throw new TransshipError(
          'IntegrityMismatch',
          `${destination.describe} refused ${key} ${tries.made} times, although ${source.describe} has the right bytes`,
          { key },
          { cause: error },
        );
      }
      await tries.next(signal);
      body = undefined;
    }
  }
}

/** Is an object of this size written in parts there? */
export const isInParts = (destination: Destination, size: number): boolean =>
  size > destination.limits.parts && destination.writeInParts !== undefined;

/** Between two parts a copy can yield. */
async function readPart(
  source: Storage,
  key: string,
  range: { offset: number; length: number },
  meter: Meter,
  pace: Pace,
): Promise<Readable> {
  await meter.patiently(pace.goOn(meter.signal));
  return await readSource(source, key, meter, { ...range, pace });
}
