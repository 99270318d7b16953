// The activities that check an input, make the plan and write the report, put together.

import type { RecordActivities } from '../../contracts/record-activities.ts';
import type { Environment } from '../environment.ts';
import { makePlan } from './make-plan.ts';
import { resolveMigration } from './resolve-migration.ts';
import { resolveReturn } from './resolve-return.ts';
import { writeReport } from './write-report.ts';

export function createRecordActivities(environment: Environment): RecordActivities {
  return {
    resolveMigration: async (request) => resolveMigration(environment.inventory, request),
    resolveReturn: async (request) => {
      const { inventory } = environment;
      return await resolveReturn(inventory, await environment.openStorage(inventory.journal), request);
    },
    makePlan: (facts) => makePlan(environment, facts),
    writeReport: (facts) => writeReport(environment, facts),
  };
}
