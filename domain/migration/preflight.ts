// What must hold before a plan is made, judged from facts that activities gathered. What stops does so while nothing has
// been changed; all else stands in the plan that people approve.

import type { RegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { MigrationSubject, PlanFacts } from '../../contracts/record-activities.ts';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import type { AccessCheck } from '../../contracts/storage-activities.ts';
import { formatDuration } from '../duration.ts';
import { notes, stops, warns } from '../finding.ts';
import { judgeCanaries } from '../registries/canary.ts';
import type { RegistryProduct } from '../registries/product.ts';
import { productOf } from '../registries/products.ts';
import { judgeDamage } from '../storage/damage.ts';
import { isCloud, kindOf, temporaryIn } from '../storage/storage-kinds.ts';
import { judgeEarlierUse } from './earlier-use.ts';
import { judgeHosts } from './judge-hosts.ts';
import { moveOf, type Named } from './move.ts';

/** Replicas write their health down every few seconds. */
const STALE_HEALTH_MS = 5 * 60_000;

const NOTHING_LOOKED_AT = { missing: 0, blobs: 0, lost: 0, unread: 0, key: '' };

export function judgePreflight(facts: PlanFacts, named: Named): Finding[] {
  const { subject, state, size, tags, sourceCheck, destinationCheck, destinationProblem, superseded } = facts;
  const product = productOf(named.entry);
  return [
    ...judgeRegistry(product, state, subject.replicas),
    ...judgeAccess('source', sourceCheck),
    ...judgeAccess('destination', destinationCheck),
    ...judgeHosts(destinationCheck.hosts ?? [], {
      destination: named.destination,
      needsHosts: facts.path === 'best-practice' || !isCloud(named.destination),
    }),
    ...judgeDestination(named.destination, destinationCheck, destinationProblem),
    ...(superseded ? [judgeEarlierUse(destinationCheck.describe, superseded)] : []),
    ...(size.objects === 0 && tags.tags > 0
      ? [
          stops(
            `The source ${sourceCheck.describe} is empty, and the registry has ${tags.tags} tags.`,
            'Its root, prefix or subdirectory is another one: mend it in the inventory.',
          ),
        ]
      : []),
    ...judgeContent(facts),
    ...product.preflight(moveOf(facts, named)),
    ...judgeDamage(facts.damage),
  ];
}

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

export function judgeAccess(role: 'source' | 'destination', check: AccessCheck): Finding[] {
  return check.actions.flatMap(({ action, ok, problem, needed }) => {
    if (ok) return [];
    const reason = `The ${role} ${check.describe} cannot ${action}: ${problem ?? 'no reason given'}.`;
    return needed === false
      ? [warns(reason, 'Nothing here fails without it; the documents of the registry ask for it.')]
      : [stops(reason, remedyOf(action))];
  });
}

function remedyOf(action: string): string {
  if (action.startsWith('carry out '))
    return 'Grant it to the user that the inventory names; `transship iam-policy` prints all that is needed.';
  if (/^(showmount|mount) /.test(action))
    return 'Look at the export and its options on the server, and at the NFS client of that host.';
  return 'Grant it to the user that the inventory names, or mend what the inventory says of the storage.';
}

/** `problem`: why it cannot be filled; null: it can. */
export function judgeDestination(
  destination: StorageEntry,
  { proof, proofNote }: AccessCheck,
  problem: string | null,
): Finding[] {
  const temporary = temporaryIn(destination);
  return [
    ...(problem === null
      ? []
      : [
          stops(
            `The destination cannot be filled: ${problem}.`,
            'Empty it, or name another one; what the journal says of it may stay.',
          ),
        ]),
    ...(proofNote === null
      ? []
      : [
          warns(
            `Copies are proved by "${proof}" only: ${proofNote}.`,
            'Nothing needs to be done; a server that checks digests itself would prove more.',
          ),
        ]),
    ...(temporary.length === 0
      ? []
      : [
          stops(
            `The destination has ${temporary.join(', ')}: the registry would be told keys that end by themselves, and lose its storage with them.`,
            'Name keys that last, or none where its machines have a role.',
          ),
        ]),
    ...kindOf(destination)
      .remarks(destination)
      .map(({ field, problem: remark }) =>
        warns(
          `The ${field} of the destination ${remark}`,
          'Look at it again before the registry is told of it.',
        ),
      ),
  ];
}

/** Does the source hold what was just pushed, and what the registry serves? */
function judgeContent({ sourceCheck, canaries, closure }: PlanFacts): Finding[] {
  const findings: Finding[] = [];
  const stray = judgeCanaries(sourceCheck.describe, canaries ?? []);
  if (stray !== undefined)
    findings.push(stops(stray, 'Name in the inventory the storage that every replica uses.'));
  const { missing, blobs, lost, unread, key } = closure ?? NOTHING_LOOKED_AT;
  if (missing > 0)
    findings.push(
      stops(
        `${missing} of ${blobs} blobs that the registry serves are not in the source ${sourceCheck.describe} (${key} in the journal): it is an older copy, or a part of it lies elsewhere, e.g. behind a link.`,
        'Name the storage that the registry uses now, whole.',
      ),
    );
  if (lost > 0)
    findings.push(
      warns(
        `${lost} blobs of images are neither served by the registry nor in the source; they will be missing afterwards, too (closure-source.ndjson in the journal).`,
        'Push those images again, or remove them.',
      ),
    );
  if (unread > 0)
    findings.push(
      warns(
        `${unread} manifests cannot be read or are of a kind that is not known: what they need is copied, and not looked for one by one.`,
        'Pull those images after the migration, if they matter.',
      ),
    );
  for (const [key, to] of Object.entries(sourceCheck.links ?? {}))
    findings.push(
      notes(
        `The source's link ${key} is followed to ${to}, as the inventory accepts.`,
        'What lies there is copied, too.',
      ),
    );
  return findings;
}
