// The report as Markdown: for a terminal, a ticket or a chat.

import { formatBytes } from '../../domain/bytes.ts';
import { damageRows, provedText } from '../../domain/storage/damage.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { ReportInput } from './report-document.ts';
import { count, type ReportSummary } from './report-summary.ts';

export function renderMarkdown(input: ReportInput, summary: ReportSummary): string {
  const { facts, plan, damaged, changedTags, problems, evidence } = input;
  const sections = [
    `# ${text(summary.title)}`,
    text(summary.headline),
    table(
      ['', '', ''],
      summary.figures.map(({ label, value, note }) => [label, `**${value}**`, note]),
    ),
    '## What was proved',
    list(summary.proved),
    '## Copy passes',
    table(
      ['Pass', 'Source objects', 'Copied', 'Bytes', 'Removed', 'Took'],
      facts.result.passes.map((pass) => [
        pass.final ? `${pass.pass} (final)` : String(pass.pass),
        count(pass.sourceObjects),
        count(pass.copiedObjects),
        formatBytes(pass.copiedBytes),
        count(pass.removedObjects),
        formatDuration(pass.durationMs),
      ]),
    ),
    '## Window',
    facts.window.openedAt === null
      ? 'The registry accepted pushes all the time.'
      : `From ${facts.window.openedAt} to ${facts.window.closedAt ?? 'now: it was not closed'}.`,
    ...damageSection(input),
    ...excerpt('Changed tags', changedTags, ['Repository', 'Tag', 'Before', 'After'], (row) => [
      row.repository,
      row.tag,
      row.before ?? '-',
      row.after ?? '-',
    ]),
    ...excerpt('Damaged objects of the source', damaged, ['Object', 'Named', 'Found'], (row) => [
      row.key,
      row.expected,
      row.actual,
    ]),
    ...excerpt('Problems of images', problems, ['Repository', 'Tag', 'Problem', 'Digest'], (row) => [
      row.repository,
      row.tag,
      row.problem,
      row.digest,
    ]),
    '## Approvals',
    table(
      ['At', 'Question', 'Event', 'By', 'Through', 'Comment'],
      facts.audit.map((entry) => [
        entry.at,
        entry.question,
        entry.event,
        entry.by ?? '-',
        entry.channel ?? '-',
        entry.comment ?? '',
      ]),
    ),
    ...(facts.failure === null
      ? []
      : [
          '## What failed',
          `${text(facts.failure.type)}: ${text(facts.failure.message)}`,
          list(facts.failure.undone.map((step) => `Undone: ${step}`)),
        ]),
    '## Next',
    list(summary.nextSteps),
    '## Plan',
    `Digest \`${facts.plan.digest}\`, ${text(plan.recipe.source)}`,
    table(
      ['Step', 'What', 'Undo'],
      plan.steps.map((step) => [String(step.number), step.title, step.undo ?? 'past the point of no return']),
    ),
    ...(plan.warnings.length === 0 ? [] : ['### Warnings', list(plan.warnings)]),
    '## Evidence',
    table(
      ['File', 'Key in the journal', 'SHA-256'],
      evidence.map(({ name, key, sha256 }) => [name, key, sha256]),
    ),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** What was known of the source before; what was found while copying is a section of its own. */
function damageSection({ plan: { damage } }: ReportInput): string[] {
  if (damage === undefined) return [];
  const rows = damageRows(damage).map(({ text: found, advice, examples }) => [
    found,
    examples[0] === undefined ? '' : `${examples[0].key}: ${examples[0].detail}`,
    advice,
  ]);
  if (rows.length === 0) return [];
  return [
    '## Damage that the source had before',
    `${provedText(damage)}. Every finding: ${text(damage.key)} in the journal.`,
    table(['Found', 'For example', 'What follows'], rows),
  ];
}

function excerpt<Row>(
  title: string,
  { rows, total }: { rows: Row[]; total: number },
  head: string[],
  cells: (row: Row) => string[],
): string[] {
  if (total === 0) return [];
  const more = total - rows.length;
  return [
    `## ${title} (${count(total)})`,
    table(head, rows.map(cells)),
    more > 0 ? `… and ${count(more)} more in the journal.` : '',
  ];
}

const list = (lines: string[]): string => lines.map((line) => `- ${text(line)}`).join('\n');

const table = (head: string[], rows: string[][]): string =>
  rows.length === 0
    ? 'None.'
    : [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))]
        .map((row) => `| ${row.join(' | ')} |`)
        .join('\n');

const cell = (value: string): string => text(value).replaceAll('|', '\\|');

/** One line, and nothing that a renderer would take for HTML. */
const text = (value: string): string =>
  value
    .replaceAll(/[\r\n\t ]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
