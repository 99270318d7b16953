// What a destination cannot take although each object alone would fit: more bytes than it has room for, and objects in parts
// where those are not permitted.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { formatBytes } from '../../domain/bytes.ts';
import { PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { objectsToCopy } from '../storage/objects-to-copy.ts';
import type { Storage } from '../storage/storage.ts';

/** Why a copy of so many bytes does not fit; undefined: it does, or nobody knows. What is there already counts. */
export async function lackOfRoom(
  destination: Storage,
  bytes: number,
  meter: Meter,
): Promise<string | undefined> {
  const free = await destination.freeBytes?.({ signal: meter.signal });
  if (free === undefined || free >= bytes) return undefined;
  let there = 0;
  for await (const { size } of objectsToCopy(destination, meter)) there += size;
  if (free + there >= bytes) return undefined;
  return `has ${formatBytes(bytes)}, of which ${formatBytes(there)} can be there; ${destination.describe} has ${formatBytes(free)} free`;
}

/** Why no object can be written in parts; undefined: it can, or need not. Tried with one that is removed again. */
export async function refusalOfParts(destination: Storage, signal: AbortSignal): Promise<string | undefined> {
  if (destination.writeInParts === undefined) return undefined;
  const key = `${PROBE_FOLDER}parts-${randomUUID()}`;
  const body = Buffer.from('May objects be written in parts here?\n');
  const part = (offset: number, length: number): Promise<Readable> =>
    Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
  try {
    await destination.writeInParts(key, part, { size: body.length }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TransshipError) || error.retryable) throw error;
    return error.message;
  } finally {
    await destination.remove([key]).catch(() => undefined);
  }
  return undefined;
}
