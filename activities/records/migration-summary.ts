// The sentences and numbers of a migration's report, in words that a newcomer understands.

import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Figure } from './document.ts';
import { countEvidence } from './migration-proof.ts';
import { pullOutageMs } from './migration-timeline.ts';
import type { ReportInput } from './report-input.ts';

export type MigrationSummary = {
  title: string;
  tone: 'good' | 'neutral' | 'bad';
  headline: string;
  figures: Figure[];
  /** What was proved, and how. */
  proved: string[];
  nextSteps: string[];
};

const EVIDENCE_WORDS: Record<string, string> = {
  server: 'checked by the destination itself, which refuses other bytes than the SHA-256 names',
  'read-back': 'read back from the destination and hashed there',
  checksum: 'hashed on the way, and the destination checked another digest of the same bytes',
  stream: 'hashed on the way and written to disk, not read again',
};

export function summarize(input: ReportInput): MigrationSummary {
  const { facts, plan } = input;
  const { result } = facts;
  const path = result.path === 'best-practice' ? 'best practice' : 'read-only';
  const base = { figures: figures(input), proved: proved(input), nextSteps: nextSteps(input) };
  const title = `${result.registry} → ${result.destination}`;
  if (result.outcome === 'planned')
    return {
      ...base,
      title,
      tone: 'neutral',
      headline: `A plan for moving ${result.registry} by the ${path} path. Nothing was changed.`,
    };
  if (result.outcome === 'failed')
    return {
      ...base,
      title,
      tone: 'bad',
      headline: `The migration of ${result.registry} by the ${path} path did not succeed: ${facts.failure?.message ?? 'no reason was recorded'}`,
    };
  const wellVerified = facts.verification !== null && facts.verification.problems === 0;
  return {
    ...base,
    title,
    tone: wellVerified && result.damaged === 0 ? 'good' : 'bad',
    headline: `The images of ${result.registry} moved from ${plan.source.name} to ${plan.destination.name} by the ${path} path${
      wellVerified
        ? ', and every tag is served from there.'
        : facts.verification === null
          ? '.'
          : `, and ${many(facts.verification.problems, 'tag, manifest or blob is', 'tags, manifests or blobs are')} missing or different there.`
    }`,
  };
}

function figures({ facts, plan, pulls }: ReportInput): Figure[] {
  const { result, verification } = facts;
  const planned = result.outcome === 'planned';
  const refused =
    result.windowSeconds === null && facts.window.openedAt !== null
      ? {
          value: formatDuration(Date.parse(facts.finishedAt) - Date.parse(facts.window.openedAt)),
          note: 'and still: the registry was left read-only',
        }
      : result.windowSeconds === null
        ? {
            value: 'not at all',
            note: `a window of up to ${formatDuration(plan.windowBudgetMs)} ${planned ? 'is planned' : 'was allowed'}`,
          }
        : {
            value: formatDuration(result.windowSeconds * 1000),
            note: `at most ${formatDuration(plan.windowBudgetMs)} before the point of no return`,
          };
  const lostMs = pullOutageMs(facts, pulls);
  const after = result.tagsAfter;
  return [
    planned
      ? {
          label: 'To move',
          value: formatBytes(plan.expected.bytes),
          note: many(plan.expected.objects, 'object'),
        }
      : { label: 'Moved', value: formatBytes(result.bytes), note: many(result.objects, 'object') },
    { label: 'Pushes refused for', ...refused },
    ...(result.windowSeconds === null
      ? []
      : [
          {
            label: 'Pulls failed for',
            value: lostMs === null ? 'not watched' : lostMs === 0 ? 'no time' : formatDuration(lostMs),
            note: lostMs === null ? 'see below' : `asked every second, ${count(pulls!.asked)} times`,
          },
        ]),
    {
      label: 'Tags',
      value:
        after === null
          ? count(result.tagsBefore.tags)
          : `${count(result.tagsBefore.tags)} → ${count(after.tags)}`,
      note: `in ${many((after ?? result.tagsBefore).repositories, 'repository', 'repositories')}${after === null ? '' : ', before and after'}`,
    },
    verification === null
      ? {
          label: 'Images checked',
          value: 'none',
          note: planned ? 'a plan checks none' : 'verification did not run',
        }
      : {
          label: 'Images checked',
          value: count(verification.tags),
          note: `${verification.problems === 0 ? 'no problem' : many(verification.problems, 'problem')}; ${count(verification.pulledTags)} pulled whole`,
        },
    {
      label: 'Whole run',
      value: formatDuration(Date.parse(facts.finishedAt) - Date.parse(facts.startedAt)),
      note: many(result.passes.length, 'copy pass', 'copy passes'),
    },
  ];
}

function proved({ facts, plan }: ReportInput): string[] {
  const { result, verification, tagsSinceBackup, window, backups } = facts;
  const lines: string[] = [];
  for (const [evidence, objects] of Object.entries(countEvidence(result.passes)))
    lines.push(`${many(objects, 'copied object')}: ${EVIDENCE_WORDS[evidence] ?? evidence}.`);
  if (result.damaged > 0)
    lines.push(
      `${many(result.damaged, 'object')} of the source without the bytes that the digest names, listed below.`,
    );
  if (window.refusedPushes.length > 0)
    lines.push(
      `Read-only was real: a push was tried on ${window.refusedPushes.map(({ replica, status }) => `${replica} (refused with ${status})`).join(', ')}.`,
    );
  if (facts.proved !== null)
    lines.push(
      `Before the point of no return: ${many(facts.proved.closure.blobs, 'blob')} of ${many(facts.proved.closure.manifests, 'manifest')} were looked for in the destination itself, and ${facts.proved.closure.missing + facts.proved.closure.lost === 0 ? 'all of them were there' : `${count(facts.proved.closure.missing + facts.proved.closure.lost)} were not there, of which ${count(facts.proved.closure.lost)} had been lost before`}. What was pushed through ${facts.proved.canaries.join(', ')} before the plan was there as well.`,
    );
  for (const backup of backups)
    lines.push(
      `Metadata backup ${backup.key} in the repository ${backup.stored.repository}: read to its end and encrypted, ${formatBytes(backup.bytes)}, ${many(backup.rows['tags'] ?? 0, 'tag')} in it, SHA-256 ${backup.sha256} in clear.`,
    );
  if (tagsSinceBackup !== null) {
    const { added, changed, removed } = tagsSinceBackup;
    lines.push(
      added + changed + removed === 0
        ? 'No tag changed between the first list and the final one.'
        : `While the copy ran, tags were added (${count(added)}), changed (${count(changed)}) and removed (${count(removed)}).${result.outcome === 'migrated' ? " All of it came along; the vendor's literal procedure would have lost it." : ''}`,
    );
  }
  if (verification !== null)
    lines.push(
      `Through the registry itself: ${many(verification.tags, 'tag')}, ${many(verification.manifests, 'manifest')} and ${many(verification.blobs, 'blob')} were asked for; ${many(verification.pulledTags, 'image')} (${formatBytes(verification.pulledBytes)}) pulled whole and hashed. ${verification.problems === 0 ? 'Nothing was missing or different.' : `Found: ${many(verification.problems, 'problem')}.`}`,
    );
  if (verification !== null && verification.unverified > 0)
    lines.push(
      `Of ${many(verification.unverified, 'manifest')} the format is not understood: ${verification.unverified === 1 ? 'it is' : 'they are'} served as before, and what ${verification.unverified === 1 ? 'it refers' : 'they refer'} to was not asked for.`,
    );
  if (lines.length === 0)
    lines.push(`Copies will be proved by: ${EVIDENCE_WORDS[plan.proof] ?? plan.proof}.`);
  return lines;
}

function nextSteps(input: ReportInput): string[] {
  const { unproved = [] } = input.facts.window;
  return [
    ...stepsOf(input),
    ...unproved.map(
      (replica) => `Look at a replica of which it is not known whether it takes pushes again: ${replica}`,
    ),
  ];
}

function stepsOf({ facts, plan }: ReportInput): string[] {
  const { result, failure, window } = facts;
  if (result.outcome === 'planned')
    return [
      'Start the same migration without `dryRun` and approve the plan with this digest, if it is right.',
    ];
  if (result.outcome === 'failed') {
    const steps = [adviceOn(failure?.type ?? '')];
    if (window.openedAt !== null && window.closedAt === null)
      steps.push(
        `The window was not closed: ask ${plan.product.isReadOnly} whether the registry is read-only still.`,
      );
    return steps;
  }
  const steps = [
    `Set \`storage: ${plan.destination.name}\` of ${result.registry} in the inventory of every worker, and restart the workers: what is planned next starts from there.`,
    result.path === 'best-practice'
      ? `What is left of ${plan.source.name} (${plan.source.describe}) is of no more use once a backup of the new state has been restored somewhere; ${plan.product.lostWithReplicas}.`
      : `Keep ${plan.source.name} (${plan.source.describe}), which nothing has changed, until a backup of the new state has been restored somewhere, then remove it.`,
    `If clients are redirected to the new storage, they must trust its certificate (${plan.product.clientTrust}).`,
  ];
  if (result.path === 'best-practice') steps.push(...plan.product.afterBringUp);
  if (result.garbageCollection === 'declined' || result.garbageCollection === 'not-run')
    steps.push(
      `Dangling blobs were not collected. They do no harm; ${plan.product.collectLater} when you want the space.`,
    );
  return steps;
}

const adviceOn = (type: string): string => {
  // Temporal's own name
  if (type === 'CancelledFailure')
    return 'It was cancelled before the point of no return: what was begun was undone, and what was copied serves the next run. Start again when you like.';
  return isFailureType(type) ? FAILURES[type].advice : 'Read the workflow in the Temporal UI.';
};

const isFailureType = (type: string): type is FailureType => Object.hasOwn(FAILURES, type);

/** With thin groups of three, independent of the machine's language. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** `1 tag`, `2 tags`. */
const many = (value: number, one: string, several = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : several}`;
