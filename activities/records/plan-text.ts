// A plan as people read it before they approve: the steps with their real values, what undoes each, and where the
// registry refuses pushes.

import type { Plan } from '../../contracts/plan.ts';
import type { DamageReport } from '../../contracts/storage-activities.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { damageRows, provedText } from '../../domain/storage/damage.ts';
import { formatDuration } from '../../domain/duration.ts';

export function renderPlan(plan: Plan, digest: string): string {
  const { expected } = plan;
  const lines = [
    `# Plan: move ${plan.registry} (DTR ${plan.version}) from ${plan.source.name} to ${plan.destination.name}`,
    '',
    `path          ${plan.path}`,
    `plan digest   ${digest}`,
    `source        ${plan.source.describe}`,
    `destination   ${plan.destination.describe}`,
    `content       ${expected.objects} objects, ${formatBytes(expected.bytes)}; ${plan.tags.tags} tags in ${plan.tags.repositories} repositories`,
    `copy          about ${formatDuration(expected.copySeconds * 1000)} while the registry is in use`,
    `window        at most ${formatDuration(plan.windowBudgetMs)} before the point of no return`,
    `switch        ${plan.recipe.switch} — ${plan.recipe.source}`,
    `proof         SHA-256 of every object, ${plan.proof}`,
    ...(plan.damage ? [`damage        ${damageLine(plan.damage)}`] : []),
    `replicas      ${plan.replicas.join(', ')}`,
    '',
  ];
  if (plan.warnings.length > 0)
    lines.push('## Warnings', '', ...plan.warnings.map((warning) => `- ${warning}`), '');
  const damage = plan.damage === undefined ? [] : damageRows(plan.damage);
  if (damage.length > 0) lines.push('## Damage of the source', '');
  for (const { text, examples, count } of damage) {
    lines.push(`- ${text}`, ...examples.map(({ key, detail }) => `    ${key}: ${detail}`));
    if (count > examples.length) lines.push(`    and more in ${plan.damage?.key} in the journal`);
  }
  if (damage.length > 0) lines.push('');
  lines.push('## Steps', '');
  for (const step of plan.steps) {
    lines.push(`${step.number}. ${step.title}${step.pushesRefused ? '  [pushes refused]' : ''}`);
    for (const action of step.does) lines.push(`   - ${action}`);
    lines.push(`   undo: ${step.undo ?? 'not possible any more; the procedure goes forward'}`, '');
  }
  return lines.join('\n');
}

function damageLine(damage: DamageReport): string {
  const kinds = damageRows(damage).map(({ kind, count }) => `${count} ${kind}`);
  return `${kinds.length === 0 ? 'none known' : kinds.join(', ')}; ${provedText(damage)}`;
}
