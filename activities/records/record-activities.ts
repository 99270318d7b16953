// The activities that check an input, make the plan and write the report, put together.

import type { RecordActivities } from '../../contracts/record-activities.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { fileOf } from '../journal/keys.ts';
import { writeLines } from '../journal/lines.ts';
import { makePlan } from './make-plan.ts';
import { writeBackupReport } from './backup-report.ts';
import { resolveBackup, resolveVerification } from './resolve-backup.ts';
import { resolveMigration } from './resolve-migration.ts';
import { resolveRestore } from './resolve-restore.ts';
import { resolveReturn } from './resolve-return.ts';
import { makeRestorePlan } from './restore-plan.ts';
import { writeRestoreReport } from './restore-report.ts';
import { writeReport } from './write-report.ts';

export function createRecordActivities(environment: Environment): RecordActivities {
  return {
    resolveMigration: async (request) => resolveMigration(environment.inventory, request),
    resolveReturn: async (request) => {
      const { inventory } = environment;
      return await resolveReturn(inventory, await environment.openStorage(inventory.journal), request);
    },
    resolveBackup: async (request) => resolveBackup(environment.inventory, request),
    resolveVerification: (request) =>
      withHeartbeat(environment, async (meter) => await resolveVerification(environment, request, meter)),
    resolveRestore: (request) =>
      withHeartbeat(environment, async (meter) => await resolveRestore(environment, request, meter)),
    makeRestorePlan: (facts) =>
      withHeartbeat(environment, async () => await makeRestorePlan(environment, facts)),
    makePlan: (facts) => makePlan(environment, facts),
    writeRefusals: ({ job, batch, entries }) =>
      withHeartbeat(environment, async () => {
        const journal = await environment.openStorage(environment.inventory.journal);
        await writeLines(journal, fileOf('refused', { job, batch }), entries);
      }),
    writeReport: (facts) => writeReport(environment, facts),
    writeBackupReport: (facts) =>
      withHeartbeat(environment, async () => {
        const journal = await environment.openStorage(environment.inventory.journal);
        return await writeBackupReport(journal, facts);
      }),
    writeRestoreReport: (facts) =>
      withHeartbeat(environment, async () => {
        const journal = await environment.openStorage(environment.inventory.journal);
        return await writeRestoreReport(journal, facts);
      }),
  };
}
