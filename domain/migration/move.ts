// What the inventory says of those that a migration names, beside what was found of them.

import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import type { Move } from '../registries/product.ts';

export type Named = { entry: RegistryEntry; source: StorageEntry; destination: StorageEntry };

export const moveOf = (
  { path, state, subject, sourceCheck, destinationCheck }: PlanFacts,
  { entry, source, destination }: Named,
): Move<RegistryEntry> => ({
  path,
  entry,
  state,
  source: { name: subject.source, entry: source, describe: sourceCheck.describe },
  destination: { name: subject.destination, entry: destination, describe: destinationCheck.describe },
});
