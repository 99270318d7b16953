// The report of a migration as a document: what came of it, what was proved and how, what was found, who approved what, what
// is left to do, and the plan it followed.

import { formatBytes } from '../../domain/bytes.ts';
import { formatDuration } from '../../domain/duration.ts';
import { damageSections } from './damage-section.ts';
import {
  code,
  list,
  note,
  paragraph,
  prose,
  type Block,
  type Document,
  type Line,
  type Section,
} from './document.ts';
import type { MigrationProof } from './migration-proof.ts';
import { count, type MigrationSummary } from './migration-summary.ts';
import { whenSection } from './migration-timeline.ts';
import { planSteps, findingSections } from './plan-document.ts';
import type { Excerpt, ReportInput } from './report-input.ts';

export function migrationReport(
  input: ReportInput,
  summary: MigrationSummary,
  proof: MigrationProof,
): Document {
  const { facts, plan } = input;
  return {
    title: summary.title,
    verdict: { word: facts.result.outcome, tone: summary.tone, sentence: summary.headline },
    opening: [{ kind: 'figures', figures: summary.figures }],
    sections: [
      ...unreadSections(input.unread),
      ...leftSections(facts.left),
      whenSection(facts, input.pulls),
      ...failureSections(facts.failure),
      section('What was proved, and how', list(summary.proved)),
      section('Copy passes', passTable(facts.result.passes)),
      ...damageSections(plan.damage),
      ...excerptSections(
        'Damaged objects of the source',
        input.damaged,
        ['Object', 'Its name says', 'Its bytes are'],
        ({ key, expected, actual }) => [code(key), code(expected), code(actual)],
      ),
      ...excerptSections(
        'Problems of images',
        input.problems,
        ['Image', 'Problem', 'Digest'],
        ({ repository, tag, problem, digest }) => [`${repository}:${tag}`, problem, code(digest)],
      ),
      ...excerptSections(
        'Tags that changed while the copy ran',
        input.changedTags,
        ['Tag', 'Before', 'After'],
        ({ repository, tag, before, after }) => [
          `${repository}:${tag}`,
          before === null ? 'new' : code(before),
          after === null ? 'removed' : code(after),
        ],
      ),
      section('Approvals', approvalTable(facts.audit)),
      section('Next', list(summary.nextSteps.map(prose))),
      ...findingSections(plan),
      section(
        'The plan',
        note(
          'Digest ',
          code(facts.plan.digest),
          '. Recipe ',
          code(plan.recipe.switch),
          `: ${plan.recipe.source}.`,
        ),
        planSteps(plan),
      ),
      section(
        'Evidence',
        note(
          "Files in the journal and their SHA-256. The digests of this report's own inputs stand in proof.json.",
        ),
        evidenceTable(input, proof),
      ),
    ],
    footer: `Transship, ${facts.finishedAt}. ${plan.product.title} ${plan.version}, replicas ${plan.replicas.join(', ')}.`,
  };
}

/** A report that leaves something out says so before all else. */
export const unreadSections = (unread: string[]): Section[] =>
  unread.length === 0 ? [] : [section('What could not be read', list(unread))];

export const leftSections = (left: string[]): Section[] =>
  left.length === 0 ? [] : [section('Left for you', list(left))];

const section = (heading: string, ...blocks: Block[]): Section => ({ heading, blocks });

export function failureSections(failure: ReportInput['facts']['failure']): Section[] {
  if (failure === null) return [];
  const { type, message, undone } = failure;
  return [
    section(
      'What failed',
      paragraph({ strong: type }, `: ${message}`),
      undone.length === 0 ? note('Nothing had to be undone.') : list(undone.map((step) => `Undone: ${step}`)),
    ),
  ];
}

export function passTable(passes: ReportInput['facts']['result']['passes']): Block {
  const longestMs = Math.max(1, ...passes.map(({ durationMs }) => durationMs));
  return {
    kind: 'table',
    head: ['Pass', 'At the source', 'Copied', 'Bytes', 'Removed', 'Took', ''],
    rows: passes.map((pass) => [
      pass.final ? `${pass.pass}, in the window` : String(pass.pass),
      `${count(pass.sourceObjects)} objects, ${formatBytes(pass.sourceBytes)}`,
      count(pass.copiedObjects),
      formatBytes(pass.copiedBytes),
      count(pass.removedObjects),
      formatDuration(pass.durationMs),
      { bar: pass.durationMs / longestMs, tone: pass.final ? 'bad' : 'neutral' },
    ]),
  };
}

function excerptSections<Row>(
  title: string,
  { rows, total }: Excerpt<Row>,
  head: string[],
  cells: (row: Row) => Line[],
): Section[] {
  if (total === 0) return [];
  const more = total - rows.length;
  return [
    section(
      `${title} (${count(total)})`,
      { kind: 'table', head, rows: rows.map(cells) },
      ...(more > 0 ? [note(`and ${count(more)} more in the journal`)] : []),
    ),
  ];
}

export const approvalTable = (audit: ReportInput['facts']['audit']): Block => ({
  kind: 'table',
  head: ['At', 'Question', 'Event', 'By', 'Through', 'Comment'],
  rows: audit.map(({ at, question, event, by = '', channel = '', comment, reason }) => [
    at,
    question,
    event,
    by,
    channel,
    [reason, comment].filter((said) => said !== undefined).join(' / '),
  ]),
});

const evidenceTable = ({ evidence }: ReportInput, { inputs }: MigrationProof): Block => ({
  kind: 'table',
  head: ['What', 'Key', 'SHA-256'],
  rows: [
    ...evidence.map(({ name, key, sha256 }) => [name, code(key), code(sha256)]),
    ['facts of report.json', '', code(inputs.facts)],
    ['plan of report.json', '', code(inputs.plan)],
  ],
});
