// Where a registry says that its content is. Settings are asked again after whatever could have changed them, because an
// answer of "done" has been seen to change nothing.

import { placeWords, usesStorage } from '../../domain/registries/place.ts';
import { productOf } from '../../domain/registries/products.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane } from './control-plane.ts';

/** Names of the inventory. A directory of the worker fits every driver of directories, so several may be used. */
export async function locateStorage(
  { inventory }: Environment,
  registry: ControlPlane,
  among: string[],
): Promise<{ uses: string[]; place: string }> {
  const storage = await registry.storage();
  const product = productOf(registry);
  const uses = among.filter((name) => {
    const entry = inventory.storages[name];
    return entry !== undefined && usesStorage(product, storage, entry);
  });
  return { uses, place: placeWords(storage) };
}

/** `WrongStorage` when the registry calls `other` its own and not `storage`. What fits neither is left to the canaries. */
export async function requirePlace(
  environment: Environment,
  registry: ControlPlane,
  { storage, other }: { storage: string; other: string },
): Promise<void> {
  const { uses, place } = await locateStorage(environment, registry, [storage, other]);
  if (uses.includes(storage) || !uses.includes(other)) return;
  throw new TransshipError(
    'WrongStorage',
    `${registry.name} says that it stores its content by ${place}, which is ${other}, and not by ${storage}.`,
    { place },
  );
}
