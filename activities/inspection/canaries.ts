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
async function holds(
  storage: Storage,
  key: string,
  { size, digest }: Canary,
  { signal }: Meter,
): Promise<boolean> {
  try {
    if ((await storage.stat(key, { signal }))?.size !== size) return false;
    const bytes = await buffer(await storage.read(key, { signal }));
    return `sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return false;
    throw error;
  }
}

export async function writeCanaries(
  storage: Storage,
  canaries: Canary[],
  side: CanarySide,
  { signal }: Meter,
): Promise<void> {
  for (const { id, key } of canaries) {
    if (key === null) continue;
    const bytes = Buffer.from(canaryConfig(id, side));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await storage.write(key, bytes, { size: bytes.length, sha256 }, { signal });
  }
}

const keyOf = ({ digest }: Canary): string => {
  const hex = digest.slice('sha256:'.length);
  return `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
};
