// Checks the inputs of a backup and of a verification against their shapes and the inventory, and answers with what the names
// mean. Every mistake is listed in one failure.

import { z } from 'zod';
import type { BackupSubject, VerificationSubject } from '../../contracts/backup.ts';
import type { Inventory } from '../../contracts/inventory.ts';
import { operationWorkflowId } from '../../contracts/names.ts';
import type { RecordActivities } from '../../contracts/record-activities.ts';
import { isSetId, setIdOf } from '../../domain/backup/set.ts';
import { parseBytes } from '../../domain/bytes.ts';
import { boundToOf } from '../../domain/storage/bound-to.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { openSets } from '../backups/open-sets.ts';
import { newestSet } from '../backups/set-reader.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { jobFolder } from '../journal/keys.ts';
import { bindingOf } from './binding.ts';
import { list, own, unreadableOf } from './resolve-migration.ts';

const repository = z.string().min(1).optional();
const backupSchema = z.strictObject({
  registry: z.string().min(1),
  repository,
  dryRun: z.boolean().optional(),
});
const verificationSchema = z.strictObject({
  set: z.string().min(1),
  repository,
  deep: z
    .string()
    .refine((text) => parseBytes(text) !== undefined, 'is no size; write e.g. 50 GiB')
    .optional(),
});

export function resolveBackup(
  inventory: Inventory,
  { input, workflowId, runId, startedAt, hasTimeouts }: Parameters<RecordActivities['resolveBackup']>[0],
): BackupSubject {
  const mistakes = mistakesOf(backupSchema, input);
  const names = namesIn(input);
  const entry = own(inventory.registries, names.registry);
  if (names.registry !== undefined && entry === undefined)
    mistakes.push(
      `registry: "${names.registry}" is not in the inventory; it has ${list(inventory.registries)}`,
    );
  const into = repositoryOf(inventory, names.repository, mistakes);
  if (hasTimeouts)
    mistakes.push(
      'the workflow has a run or execution timeout, which would end it while garbage collection is off: start it without',
    );
  const wanted = operationWorkflowId({ kind: 'registry', name: names.registry ?? '' });
  if (entry !== undefined && workflowId !== wanted)
    mistakes.push(
      `the workflow id is "${workflowId}"; it must be "${wanted}", so that no two operations on a registry run at once`,
    );
  if (mistakes.length > 0 || entry === undefined || into === undefined) throw refused(mistakes);
  const { storage } = entry;
  return {
    job: jobFolder('migration', { workflow: workflowId, run: runId }),
    registry: names.registry!,
    storage,
    repository: into.name,
    set: setIdOf(startedAt, runId),
    replica: entry.replicas[0]!.id,
    boundTo: boundToOf(inventory.storages[storage]) ?? null,
    dryRun: (input as { dryRun?: boolean }).dryRun ?? false,
    binding: bindingOf(inventory, { registry: names.registry!, source: storage, destination: into.storage }),
  };
}

/** A registry that is in the inventory no more can still have sets. */
export async function resolveVerification(
  environment: Environment,
  { input, workflowId, runId }: Parameters<RecordActivities['resolveVerification']>[0],
  meter: Meter,
): Promise<VerificationSubject> {
  const { inventory } = environment;
  const mistakes = mistakesOf(verificationSchema, input);
  const names = namesIn(input);
  const [registry = '', id, ...rest] = (names.set ?? '').split('/');
  const isNamed =
    /^[A-Za-z0-9._-]+$/.test(registry) && (id === undefined || isSetId(id)) && rest.length === 0;
  if (names.set !== undefined && !isNamed)
    mistakes.push('set: is neither a registry nor one of its sets, e.g. prod/20261128T141500Z-1f2e3d4c');
  const wanted = operationWorkflowId({ kind: 'sets', name: registry });
  if (isNamed && workflowId !== wanted)
    mistakes.push(
      `the workflow id is "${workflowId}"; it must be "${wanted}", so that no two operations on these sets run at once`,
    );
  const from = repositoryOf(inventory, names.repository, mistakes);
  if (mistakes.length > 0 || from === undefined) throw refused(mistakes);
  const set = id ?? (await newestSet(await openSets(environment, from.name, meter), registry, meter))?.id;
  if (set === undefined)
    throw new TransshipError('SetInvalid', `The repository ${from.name} has no set of "${registry}".`);
  const { deep } = input;
  return {
    job: jobFolder('migration', { workflow: workflowId, run: runId }),
    repository: from.name,
    registry,
    set,
    boundTo: null,
    deepBytes: deep === undefined ? null : parseBytes(deep)!,
    binding: {},
  };
}

export function mistakesOf(schema: z.ZodType, input: unknown): string[] {
  const unreadable = unreadableOf(input);
  if (unreadable !== undefined) return [`input: it cannot be read: ${unreadable}`];
  return (schema.safeParse(input).error?.issues ?? []).map(
    ({ path, message }) => `${path.length === 0 ? 'input' : path.join('.')}: ${message}`,
  );
}

/** Read even from an input that is wrong elsewhere, so that mistakes in them are listed as well. */
function namesIn(input: unknown): Record<'registry' | 'repository' | 'set', string | undefined> {
  const fields = Object(input ?? {}) as Record<string, unknown>;
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { registry: text('registry'), repository: text('repository'), set: text('set') };
}

export function repositoryOf(
  { repositories, backups }: Inventory,
  named: string | undefined,
  mistakes: string[],
): { name: string; storage: string } | undefined {
  const name = named ?? backups;
  const entry = own(repositories, name);
  if (entry === undefined)
    mistakes.push(`repository: "${name}" is not in the inventory; it has ${list(repositories)}`);
  return entry && { name, storage: entry.storage };
}

export const refused = (mistakes: string[]): TransshipError =>
  new TransshipError('InvalidInput', `The input has ${mistakes.length} mistake(s): ${mistakes.join('; ')}.`, {
    mistakes,
  });
