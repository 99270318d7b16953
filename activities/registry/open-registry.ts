// From a registry's name in the inventory to its control plane: one row for each product. It belongs to one attempt of
// one activity and is closed with it, so that secrets and certificates are those of now.

import type { RegistryEntry, RegistryKind } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane } from './control-plane.ts';
import { openDistribution } from './distribution/open-distribution.ts';
import { openDtr } from './dtr/open-dtr.ts';

type Opener<Entry> = {
  open(
    this: void,
    environment: Environment,
    named: { name: string; entry: Entry },
    meter: Meter,
  ): Promise<ControlPlane>;
};

const PRODUCTS = { distribution: { open: openDistribution }, dtr: { open: openDtr } } satisfies {
  [Kind in RegistryKind]: Opener<Extract<RegistryEntry, { kind: Kind }>>;
};

/** `InvalidInput` if the inventory has no registry of that name. */
export async function openRegistry(
  environment: Environment,
  name: string,
  meter: Meter,
): Promise<ControlPlane> {
  const { registries } = environment.inventory;
  const entry = Object.hasOwn(registries, name) ? registries[name] : undefined;
  if (entry === undefined)
    throw new TransshipError('InvalidInput', `The inventory has no registry "${name}".`);
  const product: Opener<RegistryEntry> = PRODUCTS[entry.kind];
  return await product.open(environment, { name, entry }, meter);
}
