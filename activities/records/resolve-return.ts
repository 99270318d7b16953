// Finds the storage that a registry was moved from last, in the claims of the journal, and checks the rest of the input as
// that of a migration. That both names still mean the same places is looked at before the plan, by workers that see them.

import type { Inventory } from '../../contracts/inventory.ts';
import { operationWorkflowId } from '../../contracts/names.ts';
import type { MigrationSubject, RecordActivities } from '../../contracts/record-activities.ts';
import { type Claim, lastTurn } from '../copying/claim.ts';
import { jobFolder } from '../journal/keys.ts';
import type { Storage } from '../storage/storage.ts';
import { nameFields, own, type Previous, resolveMigration } from './resolve-migration.ts';

type Request = Parameters<RecordActivities['resolveReturn']>[0];

export async function resolveReturn(
  inventory: Inventory,
  journal: Storage,
  request: Request,
): Promise<MigrationSubject> {
  const { registry } = nameFields(request.input);
  const storage = own(inventory.registries, registry)?.storage;
  const previous =
    registry === undefined || storage === undefined
      ? {}
      : await previousOf(inventory, journal, { registry, storage });
  return resolveMigration(inventory, request, previous);
}

async function previousOf(
  { storages }: Inventory,
  journal: Storage,
  { registry, storage }: { registry: string; storage: string },
): Promise<Previous> {
  const jobs = jobFolder('migration', {
    workflow: operationWorkflowId({ kind: 'registry', name: registry }),
    run: '',
  });
  const claimOf = async (destination: string): Promise<Claim | undefined> => {
    const claim = (await lastTurn(journal, destination))?.claim;
    return claim?.inUse === true && claim.finalBy?.startsWith(jobs) === true ? claim : undefined;
  };
  const here = await claimOf(storage);
  if (here !== undefined && Object.hasOwn(storages, here.source)) return { storage: here.source };
  if (here !== undefined)
    return {
      problem: `it was moved to "${storage}" from "${here.source}" (${here.sourcePlace}), which is not in the inventory any more: put it back under that name`,
    };
  const problem = `the journal knows of no migration of ${registry} to "${storage}", so there is no earlier storage to go back to`;
  for (const name of Object.keys(storages).sort()) {
    const away = await claimOf(name);
    if (away?.source === storage)
      return {
        problem: `${problem}; it knows of one from "${storage}" to "${name}" (${away.finalBy}): if the registry uses that now, set "storage: ${name}" of it in the inventory of every worker, restart the workers, and start again`,
      };
  }
  return { problem };
}
