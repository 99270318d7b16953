// What the lists of a set are written from: objects of a registry's storage, some of which may not be readable.

import type { Meter } from '../concurrency/heartbeat.ts';
import type { Pace } from '../copying/pace/pace.ts';
import { otherIsReadable, sha256OfReading } from '../copying/read-source.ts';
import { UnreadableObjectError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';

export const UNREADABLE = Symbol('unreadable');

/** `UNREADABLE` where this object cannot be read and others can; whoever cannot read any has no source. */
export async function unlessUnreadable<T>(
  source: Storage,
  key: string,
  meter: Meter,
  read: () => Promise<T>,
): Promise<T | typeof UNREADABLE> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    if (!(await otherIsReadable(source, key, meter))) throw error.cause;
    return UNREADABLE;
  }
}

/** Of the bytes as they are; undefined: the object is gone. */
export const digestUnlessUnreadable = async (
  source: Storage,
  key: string,
  { meter, pace }: { meter: Meter; pace: Pace },
): Promise<string | undefined | typeof UNREADABLE> =>
  await unlessUnreadable(source, key, meter, async () => await sha256OfReading(source, key, meter, pace));

export async function* linesOf(rows: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
}
