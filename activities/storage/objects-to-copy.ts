// The listing of what a migration copies.

import { isCopied } from '../../domain/storage/content-address.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { listObjects } from './list-objects.ts';
import type { Storage, StoredObject } from './storage.ts';

/** `after`: only what comes behind this key. */
export async function* objectsToCopy(
  storage: Storage,
  meter: Meter,
  after = '',
): AsyncGenerator<StoredObject> {
  for await (const object of listObjects(storage, meter, { after })) {
    meter.moved();
    if (isCopied(object.key)) yield object;
  }
}
