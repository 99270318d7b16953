// What must hold before a plan is made, judged from facts that activities gathered. Findings stop the migration while
// nothing has been changed; warnings stand in the plan that people approve.

import { judgeDamage } from '../storage/damage.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';

export type Preflight = { findings: string[]; warnings: string[] };

export function judgePreflight(facts: PlanFacts): Preflight {
  const { path, subject, state, size, tags, damage, sourceCheck, destinationCheck } = facts;
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
  if (inCluster.length === 2)
    warnings.push('Two replicas cannot lose one: a majority of two is two (dtr-msr.md §6).');

  for (const job of state.disturbingJobs)
    if (!isGarbageCollection(job.action))
      findings.push(`Job ${job.action} (${job.id}) is ${job.status}. Let it end first.`);
  if (!state.canaryRepositoryExists)
    findings.push('The canary repository does not exist, so read-only could not be proved. Create it.');

  for (const [role, check] of [
    ['source', sourceCheck],
    ['destination', destinationCheck],
  ] as const)
    for (const { action, ok, problem } of check.actions)
      if (!ok)
        findings.push(`The ${role} ${check.describe} cannot ${action}: ${problem ?? 'no reason given'}.`);

  if (size.objects === 0 && tags.tags > 0)
    findings.push(
      `The source ${sourceCheck.describe} is empty, and the registry has ${tags.tags} tags: its root, prefix or subdirectory is another one.`,
    );
  if (subject.destinationKind === 'filesystem')
    findings.push(`The destination ${subject.destination} is a folder of the worker; DTR cannot use it.`);

  if (state.readOnly)
    warnings.push('The registry is read-only already. It will accept pushes after the migration.');
  if (destinationCheck.proofNote !== null)
    warnings.push(`Copies are proved by "${destinationCheck.proof}" only: ${destinationCheck.proofNote}`);
  if (path === 'best-practice' && subject.sourceVolume?.startsWith('dtr-registry-'))
    warnings.push(
      `The source volume ${subject.sourceVolume} belongs to its replica: step "destroy" removes it with the images in it.`,
    );
  const judged = judgeDamage(damage);
  findings.push(...judged.findings.map((finding) => `The source: ${finding}`));
  warnings.push(...judged.warnings.map((warning) => `The source: ${warning}`));
  return { findings, warnings };
}

const isGarbageCollection = (action: string): boolean => /^(online)?gc/.test(action);
