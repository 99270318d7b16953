// Checks the input of a restore against its shape and the inventory, and answers with what the names mean. Every mistake is
// listed in one failure.

import { z } from 'zod';
import { operationWorkflowId } from '../../contracts/names.ts';
import type { RecordActivities } from '../../contracts/record-activities.ts';
import type { RestoreSubject } from '../../contracts/restore.ts';
import { isSetId } from '../../domain/backup/set.ts';
import { boundToOf } from '../../domain/storage/bound-to.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { openSets } from '../backups/open-sets.ts';
import { newestSet } from '../backups/set-reader.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { jobFolder } from '../journal/keys.ts';
import { bindingOf } from './binding.ts';
import { mistakesOf, refused, repositoryOf } from './resolve-backup.ts';
import { list, own } from './resolve-migration.ts';

const name = z.string().min(1);
const schema = z.strictObject({
  registry: name,
  set: name.optional(),
  repository: name.optional(),
  destination: name.optional(),
  dryRun: z.boolean().optional(),
});

type Request = Parameters<RecordActivities['resolveRestore']>[0];

export async function resolveRestore(
  environment: Environment,
  { input, workflowId, runId, hasTimeouts, isRepeated }: Request,
  meter: Meter,
): Promise<RestoreSubject> {
  const { inventory } = environment;
  const mistakes = mistakesOf(schema, input);
  const fields = Object(input ?? {}) as Record<string, unknown>;
  const given = (field: string): string | undefined => {
    const value = fields[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const registry = given('registry') ?? '';
  const entry = own(inventory.registries, registry);
  if (registry !== '' && entry === undefined)
    mistakes.push(`registry: "${registry}" is not in the inventory; it has ${list(inventory.registries)}`);

  const asked = given('set');
  const id = asked?.startsWith(`${registry}/`) ? asked.slice(registry.length + 1) : asked;
  if (id !== undefined && !isSetId(id))
    mistakes.push(
      `set: "${asked}" is no set of ${registry}; write e.g. ${registry}/20261128T141500Z-1f2e3d4c, as transship backups lists them`,
    );
  const from = repositoryOf(inventory, given('repository'), mistakes);

  const destination = given('destination') ?? entry?.storage ?? '';
  if (entry !== undefined && own(inventory.storages, destination) === undefined)
    mistakes.push(
      `destination: "${destination}" is not in the inventory; it has ${list(inventory.storages)}`,
    );
  for (const [other, { storage }] of Object.entries(inventory.registries))
    if (other !== registry && storage === destination)
      mistakes.push(`destination: another registry of the inventory uses "${storage}": ${other}`);
  if (destination === inventory.journal)
    mistakes.push(`destination: "${destination}" is the journal of the inventory`);
  for (const [repository, { storage }] of Object.entries(inventory.repositories))
    if (storage === destination)
      mistakes.push(`destination: "${storage}" holds the repository of backups ${repository}`);

  if (isRepeated)
    mistakes.push(
      'the workflow has a retry policy or is repeated by a timetable, which would begin the restore anew when it has failed: start it without',
    );
  if (hasTimeouts)
    mistakes.push(
      'the workflow has a run or execution timeout, which would end it with the registry half restored: start it without',
    );
  const wanted = operationWorkflowId({ kind: 'registry', name: registry });
  if (entry !== undefined && workflowId !== wanted)
    mistakes.push(
      `the workflow id is "${workflowId}"; it must be "${wanted}", so that no two operations on a registry run at once`,
    );
  if (mistakes.length > 0 || entry === undefined || from === undefined) throw refused(mistakes);

  const set = id ?? (await newestSet(await openSets(environment, from.name, meter), registry, meter))?.id;
  if (set === undefined)
    throw new TransshipError('SetInvalid', `The repository ${from.name} has no set of "${registry}".`);
  return {
    job: jobFolder('migration', { workflow: workflowId, run: runId }),
    registry,
    repository: from.name,
    set,
    destination,
    replicas: entry.replicas.map((replica) => replica.id),
    boundTo: boundToOf(inventory.storages[destination]) ?? null,
    dryRun: input.dryRun ?? false,
    approvals: inventory.approvals,
    binding: bindingOf(inventory, { registry, source: from.storage, destination }),
  };
}
