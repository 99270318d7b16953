// What `migrate`, `plan` and `return` start.

import type { Client } from '@temporalio/client';
import type { MigrationInput, MigrationResult, ReturnInput } from '../../contracts/migration.ts';
import { MIGRATION_WORKFLOW_TYPE, type MigrationPath, WORKFLOW_TYPES } from '../../contracts/names.ts';
import { startOperation } from '../operations.ts';

export const startMigration = (client: Client, path: MigrationPath, input: MigrationInput) =>
  startOperation<MigrationResult>(client, {
    workflowType: MIGRATION_WORKFLOW_TYPE[path],
    kind: 'migration',
    subject: { kind: 'registry', name: input.registry },
    input,
    summary: `${input.dryRun ? 'Plan to move' : 'Move'} ${input.registry} to ${input.destination} (${path})`,
  });

export const startReturn = (client: Client, input: ReturnInput) =>
  startOperation<MigrationResult>(client, {
    workflowType: WORKFLOW_TYPES.returnToPrevious,
    kind: 'migration',
    subject: { kind: 'registry', name: input.registry },
    input,
    summary: `${input.dryRun ? 'Plan to return' : 'Return'} ${input.registry} to its previous storage`,
  });
