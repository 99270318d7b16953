// A document as Markdown: for a terminal, a ticket or a chat.

import { EMPTY, type Block, type Document, type Item, type Line, type Run } from './document.ts';
import { codeSpan, escapeText, protectLine } from '../../domain/text/markdown-text.ts';
import { clock } from '../../domain/text/plain-text.ts';

export function renderMarkdown({ title, verdict, opening, sections, footer }: Document): string {
  const parts = [
    `# ${renderLine(title)}`,
    verdict === undefined ? '' : renderLine([{ strong: verdict.word }, `: ${verdict.sentence}`]),
    ...opening.map(renderBlock),
    ...sections.flatMap(({ heading, blocks }) => [`## ${renderLine(heading)}`, ...blocks.map(renderBlock)]),
    footer === undefined ? '' : renderLine(footer),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return renderLine(block.line);
    case 'list':
      return renderList(block.items, block.ordered);
    case 'facts':
      return renderList(block.facts.map(({ name, value }) => ({ line: [`${name}: `, value].flat() })));
    case 'figures':
      return renderList(
        block.figures.map(({ label, value, note }) => ({
          line: [`${label}: `, { strong: value }, `, ${note}`],
        })),
      );
    case 'table':
      return renderTable(block);
    default:
      return renderTimeline(block);
  }
}

function renderList(items: Item[], ordered = false): string {
  if (items.length === 0) return EMPTY;
  return items
    .flatMap(({ line, beneath = [] }, index) => {
      const mark = ordered ? `${index + 1}. ` : '- ';
      const indent = ' '.repeat(mark.length);
      return [`${mark}${renderLine(line)}`, ...beneath.map((under) => `${indent}- ${renderLine(under)}`)];
    })
    .join('\n');
}

function renderTable({ head, rows }: Extract<Block, { kind: 'table' }>): string {
  if (rows.length === 0) return EMPTY;
  return [head.map(renderRuns), head.map(() => '---'), ...rows.map((row) => row.map(renderRuns))]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

function renderTimeline({ from, to, spans }: Extract<Block, { kind: 'timeline' }>): string {
  const lines = spans.map((span) => ({ line: `${clock(span.from)}: ${span.label}` }));
  const whole = renderLine(`From ${clock(from)} to ${clock(to)}.`);
  return lines.length === 0 ? whole : `${whole}\n\n${renderList(lines)}`;
}

const renderLine = (line: Line): string => protectLine(renderRuns(line));

/** Runs that touch are kept apart where they would be read as one: two spans of code, or the halves of an address. */
function renderRuns(line: Line): string {
  const whole = [line].flat().reduce<Run[]>((runs, run) => {
    const last = runs.at(-1);
    return typeof run === 'string' && typeof last === 'string'
      ? [...runs.slice(0, -1), last + run]
      : [...runs, run];
  }, []);
  return whole
    .map(renderRun)
    .reduce((left, right) => left + (left.endsWith('`') && right.startsWith('`') ? ' ' : '') + right, '');
}

/** Characters of the longest bar. */
const BAR_WIDTH = 20;

function renderRun(run: Run): string {
  if (typeof run === 'string') return escapeText(run);
  if ('code' in run) return codeSpan(run.code);
  if ('strong' in run) return run.strong.trim() === '' ? '' : `**${escapeText(run.strong.trim())}**`;
  if ('label' in run) return `(${escapeText(run.label)})`;
  return '█'.repeat(Math.max(1, Math.round(run.bar * BAR_WIDTH)));
}
