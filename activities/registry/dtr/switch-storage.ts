// The two ways in which DTR is told that its content has moved; the recipe says which (domain/registries/dtr/recipes.ts).

import type { DtrSwitch } from '../../../domain/registries/dtr/recipes.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { PlannedRun } from '../control-plane.ts';
import type { Dtr } from './dtr.ts';
import { switchKeepingMetadata } from './keep-metadata.ts';
import { reconfigureStorageMigrated } from './reconfigure.ts';

type To = { storage: string; replica: string };

const WAYS: Record<DtrSwitch, (dtr: Dtr, run: PlannedRun, to: To) => Promise<void>> = {
  'keep-metadata': async (dtr, _run, { storage }) => await switchKeepingMetadata(dtr, storage),
  'reconfigure-storage-migrated': reconfigureStorageMigrated,
};

export async function switchStorage(
  dtr: Dtr,
  run: PlannedRun,
  { how, ...to }: To & { how: string },
): Promise<void> {
  if (!Object.hasOwn(WAYS, how))
    throw new TransshipError('InvalidInput', `"${how}" is no way to switch the storage of a DTR.`);
  await WAYS[how as DtrSwitch](dtr, run, to);
}
