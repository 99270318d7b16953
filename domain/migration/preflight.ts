// What must hold before a plan is made, judged from facts that activities gathered. What stops does so while nothing has
// been changed; all else stands in the plan that people approve.

import type { Finding } from '../../contracts/finding.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import { notes, stops, warns } from '../finding.ts';
import { judgeCanaries } from '../registries/canary.ts';
import { productOf } from '../registries/products.ts';
import { judgeDamage } from '../storage/damage.ts';
import { isCloud } from '../storage/storage-kinds.ts';
import { judgeEarlierUse } from './earlier-use.ts';
import { judgeHosts } from './judge-hosts.ts';
import { judgeRegistry } from './judge-registry.ts';
import { judgeAccess, judgeDestination } from './judge-storage.ts';
import { moveOf, type Named } from './move.ts';

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
