// What `migrate` and `plan` start.

import type { Client } from '@temporalio/client';
import type { MigrationInput, MigrationResult } from '../../contracts/migration.ts';
import { MIGRATION_WORKFLOW_TYPE, type MigrationPath } from '../../contracts/names.ts';
import { startOperation } from '../operations.ts';

export const startMigration = (client: Client, path: MigrationPath, input: MigrationInput) =>
  startOperation<MigrationResult>(client, {
    workflowType: MIGRATION_WORKFLOW_TYPE[path],
    kind: 'migration',
    subject: { kind: 'registry', name: input.registry },
    input,
    summary: `${input.dryRun ? 'Plan to move' : 'Move'} ${input.registry} to ${input.destination} (${path})`,
  });
