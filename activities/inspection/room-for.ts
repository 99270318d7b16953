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

/** A registry keeps every object in a folder of its own. */
const INODES_OF_AN_OBJECT = 2;

/** Why such a copy does not fit; undefined: it does, or nobody knows. What is there already counts. */
export async function lackOfRoom(
  destination: Storage,
  copy: { objects: number; bytes: number },
  meter: Meter,
): Promise<string | undefined> {
  const free = await destination.freeRoom?.({ signal: meter.signal });
  if (free === undefined) return undefined;
  const fits = (there: { objects: number; bytes: number }): { bytes: boolean; inodes: boolean } => ({
    bytes: free.bytes + there.bytes >= copy.bytes,
    inodes: free.inodes === null || free.inodes >= (copy.objects - there.objects) * INODES_OF_AN_OBJECT,
  });
  const there = { objects: 0, bytes: 0 };
  const empty = fits(there);
  if (empty.bytes && empty.inodes) return undefined;
  for await (const { size } of objectsToCopy(destination, meter)) {
    there.objects += 1;
    there.bytes += size;
  }
  const { bytes, inodes } = fits(there);
  const name = destination.describe;
  if (!bytes)
    return `has ${formatBytes(copy.bytes)}, of which ${formatBytes(there.bytes)} can be there; ${name} has ${formatBytes(free.bytes)} free`;
  if (!inodes)
    return `has ${copy.objects} objects in as many folders, of which ${there.objects} can be there; ${name} has ${free.inodes} inodes free`;
  return undefined;
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
