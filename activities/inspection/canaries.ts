// Looks for canaries in a storage, and writes them there. A canary that was found was read: a name alone proves nothing.

import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Canary, CanarySide } from '../../contracts/registry-activities.ts';
import { canaryConfig } from '../../domain/registries/canary.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { Tries } from '../concurrency/patience.ts';
import { ObjectNotFoundError } from '../storage/errors.ts';
import type { Storage } from '../storage/storage.ts';

/** Where DTR since 2.6 keeps blobs under ids of its own (dtr-msr.md §5.1). */
const NAMED_BLOBS = 'docker/registry/v2/blobs/id/';

/** Those that are not there at once are looked for again: listings and mounts may be seconds behind. */
export async function findCanaries(storage: Storage, canaries: Canary[], meter: Meter): Promise<Canary[]> {
  const tries = new Tries(meter.patience.listing);
  for (;;) {
    const found = await lookFor(storage, canaries, meter);
    if (tries.isLast || found.every(({ key }) => key !== null)) return found;
    await tries.next(meter.signal);
  }
}

async function lookFor(storage: Storage, canaries: Canary[], meter: Meter): Promise<Canary[]> {
  const found = await Promise.all(
    canaries.map(async (canary) => {
      const key = canary.key ?? keyOf(canary);
      return { ...canary, key: (await holds(storage, key, canary, meter)) ? key : null };
    }),
  );
  if (found.every(({ key }) => key !== null) || canaries.some(({ key }) => key !== null)) return found;
  const sizes = new Set(canaries.map(({ size }) => size));
  for await (const { key, size } of storage.list({ prefix: NAMED_BLOBS, signal: meter.signal })) {
    meter.moved();
    if (!sizes.has(size)) continue;
    for (const canary of found)
      if (canary.key === null && canary.size === size && (await holds(storage, key, canary, meter)))
        canary.key = key;
  }
  return found;
}

/** Are the bytes there those that were pushed? */
const holds = async (
  storage: Storage,
  key: string,
  { size, digest }: Canary,
  meter: Meter,
): Promise<boolean> => `sha256:${await sha256At(storage, { key, size }, meter)}` === digest;

/** Of an object of that size; undefined: there is none. */
async function sha256At(
  storage: Storage,
  { key, size }: { key: string; size: number },
  { signal }: Meter,
): Promise<string | undefined> {
  try {
    if ((await storage.stat(key, { signal }))?.size !== size) return undefined;
    return sha256Of(await buffer(await storage.read(key, { signal })));
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Only over bytes that are one side or the other of the same canary: a name of the inventory may mean another place than when
 * it was found there, and a key may have been used again. Also over its own side: what is
 * read may be older than what was written. Returned are those that are not there.
 */
export async function writeCanaries(
  storage: Storage,
  canaries: Canary[],
  side: CanarySide,
  meter: Meter,
): Promise<Canary[]> {
  const missed: Canary[] = [];
  for (const canary of canaries) {
    const { id, key, size } = canary;
    if (key === null) continue;
    const found = await sha256At(storage, { key, size }, meter);
    const ours = SIDES.map((one) => sha256Of(Buffer.from(canaryConfig(id, one))));
    if (found === undefined) missed.push(canary);
    if (found === undefined || !ours.includes(found)) continue;
    const bytes = Buffer.from(canaryConfig(id, side));
    const options = { size: bytes.length, sha256: sha256Of(bytes) };
    await storage.write(key, bytes, options, { signal: meter.signal });
  }
  return missed;
}

const SIDES: CanarySide[] = ['pushed', 'marked'];

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const keyOf = ({ digest }: Canary): string => {
  const hex = digest.slice('sha256:'.length);
  return `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
};
