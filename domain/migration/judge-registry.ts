// What a registry's own state means for a move, wherever it is to go.

import type { Finding } from '../../contracts/finding.ts';
import type { RegistryEntry } from '../../contracts/inventory.ts';
import type { MigrationSubject } from '../../contracts/record-activities.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { formatDuration } from '../duration.ts';
import { notes, stops } from '../finding.ts';
import type { RegistryProduct } from '../registries/product.ts';

/** Replicas write their health down every few seconds. */
const STALE_HEALTH_MS = 5 * 60_000;

/** What the registry says of itself; `replicas` are those of the inventory. */
export function judgeRegistry(
  product: Pick<RegistryProduct<RegistryEntry>, 'judgeState'>,
  state: RegistryState,
  replicas: Pick<MigrationSubject, 'replicas'>['replicas'],
): Finding[] {
  const findings: Finding[] = [];
  for (const { id, message } of state.replicas.filter(({ healthy }) => !healthy))
    findings.push(
      stops(`Replica ${id} is not healthy: ${message}.`, 'Bring it back, or remove it from the cluster.'),
    );
  findings.push(...judgeHealthReports(state), ...product.judgeState(state), ...(state.findings ?? []));
  const [inCluster, inInventory] = [state.replicas, replicas].map((all) => all.map(({ id }) => id).sort());
  if (inCluster!.join() !== inInventory!.join())
    findings.push(
      stops(
        `The cluster's replicas are ${inCluster!.join(', ')}, those of the inventory ${inInventory!.join(', ')}.`,
        'Name all of them in the inventory.',
      ),
    );
  for (const { action, id, status, collects } of state.runningTasks)
    findings.push(
      collects
        ? notes(
            `Task ${action} (${id}) is ${status}.`,
            'The migration waits for it when it pauses the collection.',
          )
        : stops(`Task ${action} (${id}) is ${status}.`, 'Let it end first.'),
    );
  if (state.readOnly)
    findings.push(
      stops(
        'The registry is read-only already, so nothing can be pushed to prove where it keeps its content, and it would accept pushes after the migration.',
        'Turn read-only off and start again: the window is opened when the copy is made.',
      ),
    );
  if (state.collection.words.length > 0)
    findings.push(
      notes(
        `By a schedule the registry runs ${state.collection.words.join(', ')}.`,
        'A migration saves what is on, turns it off, and puts it back.',
      ),
    );
  if (!state.canaryRepositoryExists)
    findings.push(
      stops('The canary repository does not exist, so read-only could not be proved.', 'Create it.'),
    );
  return findings;
}

/** Health is what each replica last said of itself; one that says nothing any more still stands there as well. */
function judgeHealthReports({ replicas, askedAt }: RegistryState): Finding[] {
  const now = Date.parse(askedAt ?? '');
  return replicas.flatMap(({ id, healthy, reportedAt }) => {
    const ageMs = now - Date.parse(reportedAt ?? '');
    return healthy && ageMs > STALE_HEALTH_MS
      ? [
          stops(
            `Replica ${id} is called healthy by what it said ${formatDuration(ageMs)} ago (${reportedAt}): that is stale.`,
            'See whether it runs (docker ps, /_ping) and whether its clock is right.',
          ),
        ]
      : [];
  });
}
