// Judges what was found of a registry and its storages, and makes the plan that people approve: as a record, whose
// digest they approve, and as a text. Nothing is written of what must not be migrated.

import type { Finding } from '../../contracts/finding.ts';
import type { PlanFacts, SealedPlan } from '../../contracts/record-activities.ts';
import { findingText, isStopping, worstFirst } from '../../domain/finding.ts';
import { buildPlan } from '../../domain/migration/plan.ts';
import { judgePreflight } from '../../domain/migration/preflight.ts';
import { judgePlaces } from '../../domain/registries/place.ts';
import { productOf } from '../../domain/registries/products.ts';
import { shortened } from '../../domain/text/plain-text.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { fileOf } from '../journal/keys.ts';
import { writeRecord } from '../journal/record.ts';
import { writeText } from '../journal/text.ts';
import { findUnresumed, unresumedFinding } from '../registry/collection.ts';
import { renderMarkdown } from './markdown.ts';
import { planDocument } from './plan-document.ts';

/** A plan goes through the history of its workflow, once. */
const MAX_TEXT_CHARACTERS = 200_000;

export async function makePlan(environment: Environment, given: PlanFacts): Promise<SealedPlan> {
  const facts = withoutRun(given);
  const { registries, storages } = environment.inventory;
  const { registry, source, destination } = facts.subject;
  const named = {
    entry: registries[registry]!,
    source: storages[source]!,
    destination: storages[destination]!,
  };
  const found = [
    ...judgePreflight(facts, named),
    ...facts.unmended,
    ...judgePlaces(
      productOf(named.entry),
      facts.state.storage,
      { name: source, entry: named.source },
      { name: destination, entry: named.destination },
    ),
  ];
  const journal = await environment.openStorage(environment.inventory.journal);
  for (const left of await findUnresumed(journal, registry, facts.state.collection))
    found.push(unresumedFinding(left));
  const findings = worstFirst(found);
  const stopping = findings.filter(isStopping).map(findingText);
  if (stopping.length > 0)
    throw new TransshipError('PreflightFailed', allAtOnce(findings), { findings: stopping });
  const plan = buildPlan(facts, named, findings);
  const text = fileOf('plan-text', facts.subject);
  const digest = await writeRecord(journal, fileOf('plan', facts.subject), plan);
  const markdown = renderMarkdown(planDocument(plan, digest));
  await writeText(journal, text, markdown);
  return {
    digest,
    key: text.key,
    text: inHistory(markdown, text.key),
    recipe: plan.recipe,
    steps: plan.steps.map(({ id, number, phase, title }) => ({ id, number, phase, title })),
  };
}

/** Also what does not stop, so that all can be mended in one go. */
const allAtOnce = (findings: Finding[]): string =>
  `${findings.filter(isStopping).length} finding(s) that stop the migration, of ${findings.length}:\n${findings
    .map((finding) => `  ${finding.severity}: ${findingText(finding)}`)
    .join('\n')}`;

/** The same registry has the same plan in every run: what lies beside the plan is named by its file alone. */
const withoutRun = (facts: PlanFacts): PlanFacts => ({
  ...facts,
  damage: { ...facts.damage, key: facts.damage.key.split('/').at(-1)! },
});

const inHistory = (text: string, key: string): string =>
  text.length <= MAX_TEXT_CHARACTERS
    ? text
    : `${shortened(text, MAX_TEXT_CHARACTERS)}\n\nThe rest is ${key} in the journal.\n`;
