// The ways in which a running DTR is told that its content has moved; the recipe says which
// (domain/registries/dtr/recipes.ts).

import { isReconfigure } from '../../../domain/registries/dtr/reconfigure.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { PlannedRun } from '../control-plane.ts';
import type { Dtr } from './dtr.ts';
import { switchKeepingMetadata } from './keep-metadata.ts';
import { reconfigureStorage } from './reconfigure.ts';

export async function switchStorage(
  dtr: Dtr,
  run: PlannedRun,
  { storage, replica, how }: { storage: string; replica: string; how: string },
): Promise<void> {
  if (how === 'keep-metadata') return await switchKeepingMetadata(dtr, storage, run.without);
  if (isReconfigure(how)) return await reconfigureStorage(dtr, run, { storage, replica, how });
  throw new TransshipError('InvalidInput', `"${how}" is no way to switch the storage of a DTR.`);
}
