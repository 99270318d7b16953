// The plan of a restore: what the registry becomes, which tags are lost by it, what cannot be undone. Nothing is written of what
// must not be restored. People approve the digest of the record.

import type { Finding } from '../../contracts/finding.ts';
import type { RestoreFacts, RestorePlan, SealedRestorePlan } from '../../contracts/restore.ts';
import { timeOfSet } from '../../domain/backup/set.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { findingText, isStopping, notes, stops, warns, worstFirst } from '../../domain/finding.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { fileOf } from '../journal/keys.ts';
import { readLines } from '../journal/lines.ts';
import { writeRecord } from '../journal/record.ts';
import { writeText } from '../journal/text.ts';
import type { TagChange } from '../registry/tags.ts';
import type { Storage } from '../storage/storage.ts';
import { code, type Document, list, paragraph, prose } from './document.ts';
import { renderMarkdown } from './markdown.ts';

/** The plan goes through a history; all of them are in the journal. */
const LISTED_LOSSES = 100;

export async function makeRestorePlan(
  environment: Environment,
  facts: RestoreFacts,
): Promise<SealedRestorePlan> {
  const { job, registry } = facts.subject;
  const { kind } = environment.inventory.registries[registry]!;
  const findings = worstFirst(findingsOf(facts, kind));
  const stopping = findings.filter(isStopping).map(findingText);
  if (stopping.length > 0)
    throw new TransshipError('PreflightFailed', stopping.join(' '), { findings: stopping });
  const journal = await environment.openStorage(environment.inventory.journal);
  const plan = await planOf(facts, findings, journal);
  const digest = await writeRecord(journal, fileOf('plan', { job }), plan);
  const text = renderMarkdown(documentOf(plan, digest, facts));
  const file = fileOf('plan-text', { job });
  await writeText(journal, file, text);
  return { digest, key: file.key, text };
}

function findingsOf({ subject, set, preview, seen, since }: RestoreFacts, kind: string): Finding[] {
  const { registry, destination } = subject;
  const { manifest } = set;
  const { state, problem } = seen;
  const found: Finding[] = [...(state?.findings ?? [])];
  if (manifest.product !== kind)
    found.push(
      stops(`The set is of a ${manifest.product}, and ${registry} is a ${kind}.`, 'Name the right set.'),
    );
  if (state !== null && state.version !== manifest.version)
    found.push(
      stops(
        `The set was made by version ${manifest.version}, and ${registry} runs ${state.version}.`,
        `Install ${manifest.version}: a restore with another version is not guaranteed to work (S2).`,
      ),
    );
  if (preview.strange > 0)
    found.push(
      stops(
        `${destination} holds ${preview.strange} objects that the set does not have, or has otherwise, e.g. ${preview.examples.join(', ')}: a restore removes nothing.`,
        'Restore to an empty storage, with --to.',
      ),
    );
  for (const { id, action } of state?.runningTasks ?? [])
    found.push(stops(`${registry} is at work: ${action} (${id}).`, 'Wait until it has ended.'));
  if (state === null)
    found.push(
      warns(
        `${registry} does not answer (${problem}).`,
        'See that nobody starts it before the restore has ended: it could take pushes that would be lost.',
      ),
    );
  if (since === null)
    found.push(
      warns(
        'The tags of the registry cannot be listed.',
        'What was pushed since the set is not known, and would be lost.',
      ),
    );
  if (preview.damaged > 0)
    found.push(
      warns(
        `${preview.damaged} objects were damaged when the set was made and are not in it.`,
        'Its report names them.',
      ),
    );
  if (manifest.closure.unsettled > 0)
    found.push(
      notes(
        `${manifest.closure.unsettled} tags were pushed or removed while the set was made.`,
        'They come back as they were before or after, and are not verified.',
      ),
    );
  return found;
}

async function planOf(
  { subject, set, preview, since }: RestoreFacts,
  findings: Finding[],
  journal: Storage,
): Promise<RestorePlan> {
  const { registry, repository, destination } = subject;
  const losses: string[] = [];
  let lost = 0;
  if (since !== null)
    for await (const change of readLines<TagChange>(journal, { kind: 'tag-changes', key: since.key })) {
      const { repository: of, tag, before, after } = change;
      if (after === null) continue;
      lost += 1;
      if (losses.length < LISTED_LOSSES)
        losses.push(
          `${of}:${tag} ${after}${before === null ? ' is not in the set' : ` becomes ${before} again`}`,
        );
    }
  return {
    ...{ registry, repository, destination, preview, findings, losses, lost },
    set: `${registry}/${subject.set}`,
    version: set.manifest.version,
    taken: timeOfSet(subject.set),
    tags: set.tags,
    steps: [
      `${registry} refuses pushes, where it answers; pulls go on.`,
      `${preview.objects} objects (${formatBytes(preview.bytes)}) are written to ${destination}, each proved by its SHA-256; the ${preview.there} that are there already are read and proved. Nothing is removed.`,
      `The configuration of each replica (${subject.replicas.join(', ')}) comes back from the set, with ${destination} as its storage and read-only, and the replica is started again.`,
      `Each of the ${set.tags} tags is pulled whole, and every byte is hashed.`,
      'Pushes are accepted again, and what writes by a schedule is on as it was when the set was made.',
    ],
    irreversible: `Until step 3 a cancellation undoes everything, but for what lies in ${destination}. From step 3 on ${registry} is what it was when the set was made: the replicas keep the configuration that they had beside the new one, and pushes that come after the end are on ${destination} alone.`,
  };
}

function documentOf(plan: RestorePlan, digest: string, { since }: RestoreFacts): Document {
  const { losses, lost, findings, steps } = plan;
  const more = lost > losses.length ? [`and ${lost - losses.length} more, in ${since!.key}`] : [];
  return {
    title: `Restore of ${plan.registry} from ${plan.set}`,
    opening: [
      {
        kind: 'facts',
        facts: [
          { name: 'digest', value: code(digest) },
          { name: 'set', value: `${plan.set} in ${plan.repository}, taken ${plan.taken}` },
          { name: 'version', value: plan.version },
          { name: 'to', value: plan.destination },
          { name: 'tags', value: String(plan.tags) },
        ],
      },
    ],
    sections: [
      { heading: 'What is lost', blocks: [list([...losses, ...more])] },
      {
        heading: 'What was found',
        blocks: [list(findings.map((finding) => prose(`${finding.severity}: ${findingText(finding)}`)))],
      },
      {
        heading: 'Steps',
        blocks: [{ kind: 'list', ordered: true, items: steps.map((line) => ({ line })) }],
      },
      { heading: 'What cannot be undone', blocks: [paragraph(plan.irreversible)] },
    ],
  };
}
