// Storages that must not lie in each other, under whatever names: a destination in its source grows by itself with every
// pass, and a journal there is copied along. Names do not tell, and neither do paths where links lead; each kind says where
// it really is.

import { withoutSlashes } from '../../domain/storage/slashes.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Place, Storage } from './storage.ts';

type Placed = { name: string; storage: Storage; place: Place };

const isWithin = (inner: Place, outer: Place): boolean =>
  inner.where === outer.where &&
  (outer.folder === '' || inner.folder === outer.folder || inner.folder.startsWith(`${outer.folder}/`));

/** `InvalidInput` when one of them is another, or lies in it. */
export async function requireApart(storages: Record<string, Storage>): Promise<void> {
  const places = (await Promise.all(Object.entries(storages).map(placesOf))).flat();
  for (const [at, one] of places.entries()) {
    for (const other of places.slice(at + 1)) {
      for (const [inner, outer] of [
        [one, other],
        [other, one],
      ] as const) {
        if (inner.name === outer.name || !isWithin(inner.place, outer.place)) continue;
        throw new TransshipError(
          'InvalidInput',
          `the ${inner.name} (${inner.storage.describe}) lies in the ${outer.name} (${outer.storage.describe}): name places that lie apart`,
          { inner: inner.storage.describe, outer: outer.storage.describe },
        );
      }
    }
  }
}

/** Its own, and those that its accepted links lead to. */
async function placesOf([name, storage]: [string, Storage]): Promise<Placed[]> {
  const place = await storage.place();
  const behindLinks = Object.values(storage.links ?? {}).map((folder) => ({
    ...place,
    folder: withoutSlashes(folder),
  }));
  return [place, ...behindLinks].map((each) => ({ name, storage, place: each }));
}
