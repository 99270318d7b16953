// Checks a migration's input against its shape and the inventory, and answers with what the names mean. Every mistake
// is listed in one failure, because people mend inputs in one go.

import { z } from 'zod';
import type { Inventory } from '../../contracts/inventory.ts';
import { operationWorkflowId } from '../../contracts/names.ts';
import type { Unreadable } from '../../contracts/operation.ts';
import type { MigrationSubject, Started } from '../../contracts/record-activities.ts';
import { parseDuration } from '../../domain/duration.ts';
import { boundToOf } from '../../domain/storage/bound-to.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { bindingOf } from './binding.ts';
import { jobFolder } from '../journal/keys.ts';

const DEFAULT_WINDOW_BUDGET = '30m';
/** A registry that refuses pushes for longer has been forgotten. */
const MAX_WINDOW_BUDGET_MS = parseDuration('7d')!;

const returnSchema = z.strictObject({
  registry: z.string().min(1),
  window: z
    .strictObject({
      budget: z
        .string()
        .refine(
          (text) => (parseDuration(text) ?? Infinity) <= MAX_WINDOW_BUDGET_MS,
          'is no duration of at most 7d; write e.g. 90s, 30m or 2h',
        )
        .optional(),
    })
    .optional(),
  dryRun: z.boolean().optional(),
});
const inputSchema = returnSchema.extend({ destination: z.string().min(1) });

type Request = Started & { input: unknown };
/** The storage that the registry is to go back to, or why there is none; neither: nobody knows which registry is meant. */
export type Previous = { storage?: string; problem?: string };

/** `previous`: of an input that names no destination. */
export function resolveMigration(
  inventory: Inventory,
  request: Request,
  previous?: Previous,
): MigrationSubject {
  const { input, workflowId, runId, hasTimeouts, isRepeated } = request;
  const mistakes: string[] = [];
  const parsed = (previous === undefined ? inputSchema : returnSchema).safeParse(input);
  const unreadable = unreadableOf(input);
  if (unreadable !== undefined) mistakes.push(`input: it cannot be read: ${unreadable}`);
  for (const issue of (unreadable === undefined && parsed.error?.issues) || [])
    mistakes.push(`${issue.path.length === 0 ? 'input' : issue.path.join('.')}: ${issue.message}`);
  if (isRepeated)
    mistakes.push(
      'the workflow has a retry policy or is repeated by a timetable, which would begin the migration anew when it has failed: start it without',
    );
  if (hasTimeouts)
    mistakes.push(
      'the workflow has a run or execution timeout, which would end it inside the window without its way out: start it without',
    );

  const names = { ...nameFields(input), ...(previous && { destination: previous.storage }) };
  if (previous?.problem !== undefined) mistakes.push(`registry: ${previous.problem}`);
  const registry = own(inventory.registries, names.registry);
  if (names.registry !== undefined && registry === undefined)
    mistakes.push(
      `registry: "${names.registry}" is not in the inventory; it has ${list(inventory.registries)}`,
    );
  const destination = own(inventory.storages, names.destination);
  if (names.destination !== undefined && destination === undefined)
    mistakes.push(
      `destination: "${names.destination}" is not in the inventory; it has ${list(inventory.storages)}`,
    );
  if (registry !== undefined && names.destination === registry.storage)
    mistakes.push(`destination: ${names.registry} uses "${names.destination}" already`);
  for (const [name, { storage }] of Object.entries(inventory.registries))
    if (name !== names.registry && storage === names.destination)
      mistakes.push(`destination: another registry of the inventory uses "${storage}": ${name}`);
  if (names.destination === inventory.journal)
    mistakes.push(`destination: "${names.destination}" is the journal of the inventory`);
  for (const [name, { storage }] of Object.entries(inventory.repositories))
    if (storage === names.destination)
      mistakes.push(`destination: "${storage}" holds the repository of backups ${name}`);
  const wantedId =
    names.registry === undefined
      ? undefined
      : operationWorkflowId({ kind: 'registry', name: names.registry });
  if (wantedId !== undefined && workflowId !== wantedId)
    mistakes.push(
      `the workflow id is "${workflowId}"; it must be "${wantedId}", so that two operations on one registry exclude each other`,
    );
  const source = registry === undefined ? undefined : inventory.storages[registry.storage];
  const bound = [source, destination].flatMap((entry) => boundToOf(entry) ?? []);
  if (bound.length === 2 && bound[0] !== bound[1])
    mistakes.push(
      `destination: "${names.destination}" is bound to ${bound[1]} and the registry's storage to ${bound[0]}; no worker sees both`,
    );
  if (
    mistakes.length > 0 ||
    !parsed.success ||
    registry === undefined ||
    names.destination === undefined ||
    destination === undefined ||
    source === undefined
  )
    throw new TransshipError(
      'InvalidInput',
      `The input has ${mistakes.length} mistake(s): ${mistakes.join('; ')}.`,
      {
        mistakes,
      },
    );

  return {
    job: jobFolder('migration', { workflow: workflowId, run: runId }),
    registry: parsed.data.registry,
    source: registry.storage,
    destination: names.destination,
    boundTo: bound[0] ?? null,
    dryRun: parsed.data.dryRun ?? false,
    windowBudgetMs: parseDuration(parsed.data.window?.budget ?? DEFAULT_WINDOW_BUDGET)!,
    replicas: registry.replicas.map(({ id, host }) => ({ id, ...(host !== undefined && { host }) })),
    approvals: inventory.approvals,
    binding: bindingOf(inventory, {
      registry: parsed.data.registry,
      source: registry.storage,
      destination: names.destination,
    }),
  };
}

/** Why what was sent could not be decoded. */
export function unreadableOf(input: unknown): string | undefined {
  const reason = (input as Partial<Unreadable> | null | undefined)?.unreadable;
  return typeof reason === 'string' ? reason : undefined;
}

/** The two names, read even from an input that is wrong elsewhere, so that mistakes in them are listed as well. */
export function nameFields(input: unknown): {
  registry: string | undefined;
  destination: string | undefined;
} {
  const fields = (input ?? {}) as Record<string, unknown>;
  return { registry: nonEmpty(fields['registry']), destination: nonEmpty(fields['destination']) };
}

const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const own = <T>(entries: Record<string, T>, name: string | undefined): T | undefined =>
  name !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined;

export const list = (entries: Record<string, unknown>): string => Object.keys(entries).sort().join(', ');
