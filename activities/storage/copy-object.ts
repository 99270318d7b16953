// Copies one object and proves it. The digest that its key names goes with the write, so that the destination refuses
// other bytes. When it does, the source is read again: either it is damaged, or the bytes were damaged on their way.
// An object that cannot be read is damaged too, if others of the source can.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransshipError } from '../../domain/transship-error.ts';
import { fixedContent } from '../../domain/content-address.ts';
import type { Progress } from '../heartbeat.ts';
import { DamagedObjectError, ObjectNotFoundError, UnreadableObjectError } from './errors.ts';
import { otherIsReadable, readSource, sha256OfReading, statOf } from './read-source.ts';
import type { Storage } from './storage.ts';
import type { WorkResult } from './work-list.ts';

const MAX_TRIES = 3;
/** Before an object that could not be read is read again; times the number of tries. */
const READ_AGAIN_DELAY_MS = 500;

/** `body` is the bytes of a small object that were read of the source already. */
export async function copyObject(
  source: Storage,
  destination: Storage,
  object: { key: string; size: number; body?: Buffer },
  progress: Progress,
): Promise<WorkResult> {
  const { key } = object;
  const { signal } = progress;
  const expected = expectedSha256(key);
  let size = object.size;
  let body: Buffer | Readable | undefined = object.body;
  for (let tries = 1; ; tries += 1) {
    try {
      let sha256: string | undefined = expected ?? (Buffer.isBuffer(body) ? sha256OfBuffer(body) : undefined);
      if (sha256 === undefined && destination.proof.kind === 'server') {
        // A digest that goes ahead of the bytes lets the destination prove them.
        const told = await statOf(source, key, signal);
        if (told === undefined) return { key, vanished: true };
        size = told.size;
        sha256 = told.sha256;
      }
      body ??= await readSource(source, key, progress);
      const request = { size, ...(sha256 !== undefined && { sha256 }) };
      const written = await destination.write(key, body, request, progress);
      return { key, size, ...written };
    } catch (failure) {
      let error = failure;
      if (error instanceof DamagedObjectError) {
        try {
          const found = await sha256OfReading(source, key, progress);
          if (found === undefined) return { key, vanished: true };
          if (expected !== undefined && found !== expected)
            return { key, size, damaged: { expected, actual: found } };
          // An object whose key does not tell its content was written while it was read; it has another size now.
          size = (await statOf(source, key, signal))?.size ?? size;
        } catch (unreadable) {
          error = unreadable;
        }
      }
      if (error instanceof ObjectNotFoundError) return { key, vanished: true };
      if (error instanceof UnreadableObjectError) {
        if (tries >= MAX_TRIES) {
          if (!(await otherIsReadable(source, key, progress))) throw error.cause;
          return { key, size, damaged: { expected: expected ?? 'unknown', actual: 'unreadable' } };
        }
        await sleep(tries * READ_AGAIN_DELAY_MS, undefined, { signal });
      } else if (!(error instanceof DamagedObjectError)) throw error;
      else if (tries >= MAX_TRIES) {
        throw new TransshipError(
          'IntegrityMismatch',
          `${destination.describe} refused ${key} ${tries} times, although ${source.describe} has the right bytes`,
          { key },
          { cause: error },
        );
      }
      body = undefined;
    }
  }
}

/** Lower-case hex, of every object whose content is fixed by its key. */
function expectedSha256(key: string): string | undefined {
  const fixed = fixedContent(key);
  if (fixed === undefined) return undefined;
  return 'sha256' in fixed ? fixed.sha256 : sha256OfBuffer(Buffer.from(fixed.content));
}

const sha256OfBuffer = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
