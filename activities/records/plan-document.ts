// A plan as people read it before they approve: the steps with their real values, what undoes each, and where the
// registry refuses pushes.

import type { Severity } from '../../contracts/finding.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { DamageReport } from '../../contracts/storage-activities.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { damageRows, provedText } from '../../domain/storage/damage.ts';
import { formatDuration } from '../../domain/duration.ts';
import { damageSections } from './damage-section.ts';
import {
  code,
  prose,
  runsOf,
  type Block,
  type Document,
  type Item,
  type Line,
  type Run,
  type Section,
} from './document.ts';

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
      ...findingSections(plan),
      ...damageSections(plan.damage),
      { heading: 'Steps', blocks: [planSteps(plan)] },
    ],
  };
}

export function findingSections({ findings = [], warnings = [] }: Plan): Section[] {
  const items: Item[] = [
    ...findings.map(({ severity, reason, remedy }) => ({
      line: [SEVERITY_LABELS[severity], ' ', ...runsOf(reason)],
      beneath: [prose(remedy)],
    })),
    ...warnings.map((line) => ({ line: prose(line) })),
  ];
  return items.length === 0 ? [] : [{ heading: 'Findings', blocks: [{ kind: 'list', items }] }];
}

const SEVERITY_LABELS: Record<Severity, Run> = {
  stops: { label: 'stops', tone: 'bad' },
  warns: { label: 'warning', tone: 'waiting' },
  notes: { label: 'note', tone: 'neutral' },
};

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
