// What `backup`, `verify` and `restore` start.

import type { Client } from '@temporalio/client';
import type {
  BackupInput,
  BackupResult,
  VerificationInput,
  VerificationResult,
} from '../../contracts/backup.ts';
import type { RestoreInput, RestoreResult } from '../../contracts/restore.ts';
import { WORKFLOW_TYPES } from '../../contracts/names.ts';
import { startOperation } from '../operations.ts';

export const startBackup = (client: Client, input: BackupInput) =>
  startOperation<BackupResult>(client, {
    workflowType: WORKFLOW_TYPES.backup,
    kind: 'backup',
    subject: { kind: 'registry', name: input.registry },
    input,
    summary: `${input.dryRun ? 'Plan to back' : 'Back'} up ${input.registry}`,
  });

export const startVerification = (client: Client, input: VerificationInput) =>
  startOperation<VerificationResult>(client, {
    workflowType: WORKFLOW_TYPES.verify,
    kind: 'verification',
    subject: { kind: 'sets', name: input.set.split('/')[0]! },
    input,
    summary: `Verify the backup ${input.set}`,
  });

export const startRestore = (client: Client, input: RestoreInput) =>
  startOperation<RestoreResult>(client, {
    workflowType: WORKFLOW_TYPES.restore,
    kind: 'restore',
    subject: { kind: 'registry', name: input.registry },
    input,
    summary: `${input.dryRun ? 'Plan to restore' : 'Restore'} ${input.registry} from ${input.set ?? 'its newest set'}`,
  });
