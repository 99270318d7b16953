// Reads objects one by one: counts as progress while bytes flow, and keeps the failures of reading apart
// from those of whoever takes the bytes.

import { finished, Transform, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { ObjectNotFoundError, UnreadableObjectError } from '../storage/errors.ts';
import { readableOf } from '../storage/bytes/measured-body.ts';
import { sha256OfBody } from '../storage/bytes/sha256-of.ts';
import { type Pace, UNPACED } from './pace/pace.ts';
import type { LentBytes, ObjectStat, Storage } from '../storage/storage.ts';

/** So many other objects are tried before the whole source is taken for unreadable. */
const NEIGHBOURS = 5;

/** `UnreadableObjectError`, at once or from the stream, when the source fails; `ObjectNotFoundError` as ever. */
export async function readSource(
  source: Storage,
  key: string,
  meter: Meter,
  options: { offset?: number; length?: number; pace?: Pace } = {},
): Promise<Readable> {
  const { signal } = meter;
  const { pace = UNPACED, ...range } = options;
  const body = await source.read(key, { signal, ...range }).catch((error: unknown) => {
    throw unreadable(key, error, signal);
  });
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      meter.moved();
      const wait = pace.spend(chunk.length, signal);
      if (wait === undefined) {
        done(null, chunk);
        return;
      }
      const goOn = (error: Error | null): void => done(error, chunk);
      void meter.patiently(wait).then(() => goOn(null), goOn);
    },
  });
  // Whatever ends the body once its taker has ended the stream changes nothing here.
  finished(body, (error) => {
    if (error) stream.destroy(unreadable(key, error, signal) as Error);
  });
  stream.once('close', () => body.destroy());
  return readableOf(body.pipe(stream));
}

/** As `readSource`, of a source that can lend. */
export async function* lentSource(
  lent: LentBytes,
  key: string,
  meter: Meter,
  pace: Pace,
): AsyncGenerator<Buffer> {
  const { signal } = meter;
  const chunks = lent[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((error: unknown) => {
        throw unreadable(key, error, signal);
      });
      if (done === true) return;
      meter.moved();
      const wait = pace.spend(value.length, signal);
      if (wait !== undefined) await meter.patiently(wait);
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** As `stat`; a host hashes the object for it, so it must be readable: else `UnreadableObjectError`. */
export async function statOf(
  storage: Storage,
  key: string,
  signal: AbortSignal,
): Promise<ObjectStat | undefined> {
  return await storage.stat(key, { signal }).catch((error: unknown) => {
    throw unreadable(key, error, signal);
  });
}

/** Lower-case hex; undefined: there is no such object. */
export async function sha256OfReading(
  source: Storage,
  key: string,
  meter: Meter,
  pace: Pace = UNPACED,
): Promise<string | undefined> {
  try {
    return await sha256OfBody(await readSource(source, key, meter, { pace }), meter.signal);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

/** Can another object be read? Those nearest to `key` are looked at first, because they are listed soonest. */
export async function otherIsReadable(source: Storage, key: string, meter: Meter): Promise<boolean> {
  const { signal } = meter;
  let tried = 0;
  let folder = key;
  do {
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
    for await (const other of source.list({ prefix: folder, signal })) {
      meter.moved();
      if (other.key === key || other.size === 0) continue;
      try {
        await buffer(await source.read(other.key, { length: 1, signal }));
        return true;
      } catch {
        signal.throwIfAborted();
        tried += 1;
        if (tried >= NEIGHBOURS) return false;
      }
    }
  } while (folder !== '');
  return false;
}

function unreadable(key: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof ObjectNotFoundError) return error;
  // A host that is away says nothing about the object.
  if (error instanceof TransshipError && error.type === 'HostUnreachable') return error;
  return new UnreadableObjectError(key, error);
}
