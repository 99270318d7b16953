// Puts a service's listing into the order that every storage promises, and finds out when that cannot be: an object
// that is listed twice or too late may be one that a page skipped, and a merge of two listings would go wrong on it.

import { TransshipError } from '../../../domain/transship-error.ts';
import { compareKeys } from '../byte-order.ts';
import type { StoredObject } from '../storage.ts';

/** Pairs of UTF-16 units, which stand for the characters above U+FFFF. */
const SUPPLEMENTARY = /[\uD800-\uDFFF]/;

/**
 * From a listing in the order of UTF-8 bytes or of UTF-16 units to one in the order of bytes. The two differ only
 * after a character above U+FFFF: such keys are held until all with the same beginning have gone by. Other keys
 * are never held, so memory is flat for everything that a registry writes. `StorageUnavailable` for any other order,
 * and for keys that come twice.
 */
export async function* inByteOrder(
  listing: AsyncIterable<StoredObject>,
  describe: string,
): AsyncGenerator<StoredObject> {
  let last: string | undefined;
  for await (const object of releaseHeld(listing)) {
    if (last !== undefined && compareKeys(last, object.key) >= 0) {
      throw new TransshipError(
        'StorageUnavailable',
        `${describe}: the listing is not in byte order: ${object.key} came after ${last}`,
        { action: 'list' },
      );
    }
    last = object.key;
    yield object;
  }
}

type Held = { beginning: string; objects: StoredObject[] };

async function* releaseHeld(listing: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject> {
  // Each beginning starts with the one before it; what the later ones hold comes first.
  const held: Held[] = [];
  for await (const object of listing) {
    for (let top = held.at(-1); top && !object.key.startsWith(top.beginning); top = held.at(-1)) {
      yield* sorted(top);
      held.pop();
    }
    const at = object.key.search(SUPPLEMENTARY);
    if (at < 0) {
      yield object;
      continue;
    }
    const beginning = object.key.slice(0, at);
    const top = held.at(-1);
    if (top?.beginning === beginning) top.objects.push(object);
    else held.push({ beginning, objects: [object] });
  }
  for (const group of held.toReversed()) yield* sorted(group);
}

const sorted = ({ objects }: Held): StoredObject[] => objects.sort((a, b) => compareKeys(a.key, b.key));

/** The key to ask a service to start from, so that in both orders nothing that follows `after` is left out. */
export function startBefore(after: string): string {
  const at = after.search(/[\uE000-\uFFFF]/);
  return at < 0 ? after : after.slice(0, at);
}
