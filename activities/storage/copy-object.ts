// Copies one object and proves it. The digest that its key names goes with the write, so that the destination refuses
// other bytes. When it does, the source is read again: either it is damaged, or the bytes were damaged on their way.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { TransshipError } from '../../domain/transship-error.ts';
import { fixedContent } from '../../domain/content-address.ts';
import { DamagedObjectError, ObjectNotFoundError } from './errors.ts';
import { sha256OfBytes } from './sha256-of.ts';
import type { Storage } from './storage.ts';
import type { WorkResult } from './work-list.ts';

const MAX_TRIES = 3;

/** `body` is what was read of the source already, where it was: a whole small object, or the stream of a large one. */
export async function copyObject(
  source: Storage,
  destination: Storage,
  object: { key: string; size: number; body?: Buffer | Readable },
  signal: AbortSignal,
): Promise<WorkResult> {
  const { key } = object;
  const expected = expectedSha256(key);
  let { size, body } = object;
  for (let tries = 1; ; tries += 1) {
    try {
      body ??= await source.read(key, { signal });
      const sha256 = expected ?? (Buffer.isBuffer(body) ? sha256OfBuffer(body) : undefined);
      const request = { size, ...(sha256 !== undefined && { sha256 }) };
      const written = await destination.write(key, body, request, { signal });
      return { key, size, ...written };
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return { key, vanished: true };
      if (!(error instanceof DamagedObjectError)) throw error;
      const found = await sha256OfBytes(source, key, signal);
      if (found === undefined) return { key, vanished: true };
      if (expected !== undefined && found !== expected)
        return { key, size, damaged: { expected, actual: found } };
      if (tries >= MAX_TRIES) {
        throw new TransshipError(
          'IntegrityMismatch',
          `${destination.describe} refused ${key} ${tries} times, although ${source.describe} has the right bytes`,
          { key },
          { cause: error },
        );
      }
      // An object whose key does not tell its content was written while it was read; it has another size now.
      size = (await source.stat(key, { signal }))?.size ?? size;
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
