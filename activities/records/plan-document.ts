// A plan as people read it before they approve: the steps with their real values, what undoes each, and where the
// registry refuses pushes.

import type { Plan } from '../../contracts/plan.ts';
import type { DamageReport } from '../../contracts/storage-activities.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { damageRows, provedText } from '../../domain/storage/damage.ts';
import { formatDuration } from '../../domain/duration.ts';
import { damageSections } from './damage-section.ts';
import { code, list, prose, type Block, type Document, type Line, type Section } from './document.ts';

export function planDocument(plan: Plan, digest: string): Document {
  const { expected, tags, recipe } = plan;
  const facts: [name: string, value: Line][] = [
    ['path', plan.path],
    ['plan digest', code(digest)],
    ['source', code(plan.source.describe)],
    ['destination', code(plan.destination.describe)],
    [
      'content',
      `${expected.objects} objects, ${formatBytes(expected.bytes)}; ${tags.tags} tags in ${tags.repositories} repositories`,
    ],
    ['copy', `about ${formatDuration(expected.copySeconds * 1000)} while the registry is in use`],
    ['window', `at most ${formatDuration(plan.windowBudgetMs)} before the point of no return`],
    ['switch', [code(recipe.switch), ` — ${recipe.source}`]],
    ['proof', `SHA-256 of every object, ${plan.proof}`],
    ...(plan.damage ? [['damage', damageLine(plan.damage)] satisfies [string, Line]] : []),
    ['replicas', plan.replicas.join(', ')],
  ];
  return {
    title: `Plan: move ${plan.registry} (${plan.product.title} ${plan.version}) from ${plan.source.name} to ${plan.destination.name}`,
    opening: [{ kind: 'facts', facts: facts.map(([name, value]) => ({ name, value })) }],
    sections: [
      ...warningSections(plan),
      ...damageSections(plan.damage),
      { heading: 'Steps', blocks: [planSteps(plan)] },
    ],
  };
}

export const warningSections = ({ warnings }: Plan): Section[] =>
  warnings.length === 0 ? [] : [{ heading: 'Warnings', blocks: [list(warnings.map(prose))] }];

/** What a step does is shown as it stands, so that a command can be copied. */
export const planSteps = ({ steps }: Plan): Block => ({
  kind: 'list',
  ordered: true,
  items: steps.map(({ title, pushesRefused, does, undo, undoDoes = [] }) => ({
    line: [
      { strong: title },
      ...(pushesRefused ? [' ', { label: 'pushes refused', tone: 'bad' } as const] : []),
    ],
    beneath: [
      ...does.map(code),
      `Undo: ${undo ?? 'not possible any more, past the point of no return; the procedure goes forward'}`,
      ...undoDoes.map(code),
    ],
  })),
});

function damageLine(damage: DamageReport): string {
  const kinds = damageRows(damage).map(({ kind, count }) => `${count} ${kind}`);
  return `${kinds.length === 0 ? 'none known' : kinds.join(', ')}; ${provedText(damage)}`;
}
