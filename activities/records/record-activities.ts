// The activities that check an input, make the plan and write the report, put together.

import type { RecordActivities } from '../../contracts/record-activities.ts';
import { buildPlan } from '../../domain/migration/plan.ts';
import { judgePreflight } from '../../domain/migration/preflight.ts';
import { judgePlaces } from '../../domain/registries/place.ts';
import { productOf } from '../../domain/registries/products.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { fileOf } from '../journal/keys.ts';
import { writeRecord } from '../journal/record.ts';
import { writeText } from '../journal/text.ts';
import { renderPlan } from './plan-text.ts';
import { resolveMigration } from './resolve-migration.ts';
import { writeReport } from './write-report.ts';

export function createRecordActivities(environment: Environment): RecordActivities {
  return {
    async resolveMigration(request) {
      return resolveMigration(environment.inventory, request);
    },

    async makePlan(facts) {
      const { registries, storages } = environment.inventory;
      const { registry, source, destination } = facts.subject;
      const named = {
        entry: registries[registry]!,
        source: storages[source]!,
        destination: storages[destination]!,
      };
      const { findings, warnings } = judgePreflight(facts, named);
      findings.push(
        ...judgePlaces(
          productOf(named.entry),
          facts.state.storage,
          { name: source, entry: named.source },
          { name: destination, entry: named.destination },
        ),
      );
      if (findings.length > 0)
        throw new TransshipError('PreflightFailed', `${findings.length} finding(s): ${findings.join(' ')}`, {
          findings,
        });
      const plan = buildPlan(facts, named, warnings);
      const journal = await environment.openStorage(environment.inventory.journal);
      const text = fileOf('plan-text', facts.subject);
      const digest = await writeRecord(journal, fileOf('plan', facts.subject), plan);
      await writeText(journal, text, renderPlan(plan, digest));
      return {
        digest,
        key: text.key,
        recipe: plan.recipe,
        steps: plan.steps.map(({ id, number, phase, title }) => ({ id, number, phase, title })),
      };
    },

    writeReport: (facts) => writeReport(environment, facts),
  };
}
