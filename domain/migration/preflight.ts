// What must hold before a plan is made, judged from facts that activities gathered. Findings stop the migration while
// nothing has been changed; warnings stand in the plan that people approve.

import { judgeDamage } from '../storage/damage.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import type { Findings } from '../registries/product.ts';
import { judgeCanaries } from '../registries/canary.ts';
import { productOf } from '../registries/products.ts';
import { temporaryIn } from '../storage/storage-kinds.ts';
import { judgeEarlierUse } from './earlier-use.ts';
import { moveOf, type Named } from './move.ts';

const NOTHING_LOOKED_AT = { missing: 0, blobs: 0, lost: 0, unread: 0, key: '' };

export function judgePreflight(facts: PlanFacts, named: Named): Findings {
  const {
    subject,
    state,
    size,
    tags,
    damage,
    sourceCheck,
    destinationCheck,
    destinationProblem,
    superseded,
    canaries,
    closure,
  } = facts;
  const findings: string[] = [];
  const warnings: string[] = [];

  const unhealthy = state.replicas.filter((replica) => !replica.healthy);
  for (const replica of unhealthy) findings.push(`Replica ${replica.id} is not healthy: ${replica.message}.`);
  const inCluster = state.replicas.map((replica) => replica.id).sort();
  const inInventory = subject.replicas.map((replica) => replica.id).sort();
  if (inCluster.join() !== inInventory.join())
    findings.push(
      `The cluster's replicas are ${inCluster.join(', ')}, those of the inventory ${inInventory.join(', ')}. Name all of them in the inventory.`,
    );

  for (const { action, id, status, collects } of state.runningTasks)
    if (!collects) findings.push(`Task ${action} (${id}) is ${status}. Let it end first.`);
  if (!state.canaryRepositoryExists)
    findings.push('The canary repository does not exist, so read-only could not be proved. Create it.');

  for (const [role, check] of [
    ['source', sourceCheck],
    ['destination', destinationCheck],
  ] as const)
    for (const { action, ok, problem } of check.actions)
      if (!ok)
        findings.push(`The ${role} ${check.describe} cannot ${action}: ${problem ?? 'no reason given'}.`);

  const temporary = temporaryIn(named.destination);
  if (temporary.length > 0)
    findings.push(
      `The destination has ${temporary.join(', ')}: the registry would be told keys that end by themselves, and lose its storage with them. Name keys that last, or none where its machines have a role.`,
    );
  if (destinationProblem !== null)
    findings.push(
      `The destination cannot be filled: ${destinationProblem}. Empty it, or name another one; what the journal says of it may stay.`,
    );
  const earlier = superseded ? judgeEarlierUse(destinationCheck.describe, superseded) : null;
  findings.push(...(earlier?.findings ?? []));
  warnings.push(...(earlier?.warnings ?? []));
  if (size.objects === 0 && tags.tags > 0)
    findings.push(
      `The source ${sourceCheck.describe} is empty, and the registry has ${tags.tags} tags: its root, prefix or subdirectory is another one.`,
    );

  if (state.readOnly)
    findings.push(
      'The registry is read-only already, so nothing can be pushed to prove where it keeps its content, and it would accept pushes after the migration. Turn read-only off and start again: the window is opened when the copy is made.',
    );
  const stray = judgeCanaries(sourceCheck.describe, canaries ?? []);
  if (stray !== undefined) findings.push(stray);
  const { missing, blobs, lost, unread, key } = closure ?? NOTHING_LOOKED_AT;
  if (missing > 0)
    findings.push(
      `${missing} of ${blobs} blobs that the registry serves are not in the source ${sourceCheck.describe} (${key} in the journal): it is an older copy, or a part of it lies elsewhere, e.g. behind a link.`,
    );
  if (lost > 0)
    warnings.push(
      `${lost} blobs of images are neither served by the registry nor in the source; they will be missing afterwards, too (closure-source.ndjson in the journal).`,
    );
  if (unread > 0)
    warnings.push(
      `${unread} manifests cannot be read or are of a kind that is not known: what they need is copied, and not looked for one by one.`,
    );
  for (const [key, to] of Object.entries(sourceCheck.links ?? {}))
    warnings.push(
      `The source's link ${key} is followed to ${to}, as the inventory accepts: what lies there is copied, too.`,
    );
  if (destinationCheck.proofNote !== null)
    warnings.push(`Copies are proved by "${destinationCheck.proof}" only: ${destinationCheck.proofNote}`);
  const own = productOf(named.entry).preflight(moveOf(facts, named));
  findings.push(...own.findings);
  warnings.push(...own.warnings);
  const judged = judgeDamage(damage);
  findings.push(...judged.findings.map((finding) => `The source: ${finding}`));
  warnings.push(...judged.warnings.map((warning) => `The source: ${warning}`));
  return { findings, warnings };
}
