// A document as one HTML file that needs nothing else: it is mailed, archived and printed, and reads the same without a
// network. Only this file and its two neighbours, for markup and for the timeline, make HTML.

import {
  EMPTY,
  type Block,
  type Document,
  type Item,
  type Line,
  type Run,
  type Section,
} from './document.ts';
import { html, trusted, type Markup } from './markup.ts';
import { STYLE } from './style.ts';
import { renderTimeline } from './timeline-picture.ts';

export function renderHtml({ title, verdict, opening, sections, footer }: Document): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}${verdict === undefined ? '' : ` - ${verdict.word}`}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header class="${verdict?.tone ?? 'neutral'}">
            ${verdict === undefined ? '' : html`<div class="verdict">${verdict.word}</div>`}
            <h1>${title}</h1>
            ${verdict === undefined ? '' : html`<p>${verdict.sentence}</p>`}
          </header>
          ${opening.map(renderBlock)} ${sections.map(renderSection)}
          ${footer === undefined ? '' : html`<footer>${footer}</footer>`}
        </main>
      </body>
    </html> `;
  return page.markup;
}

const renderSection = ({ heading, blocks }: Section): Markup =>
  html`<section>
    <h2>${heading}</h2>
    ${blocks.map(renderBlock)}
  </section>`;

function renderBlock(block: Block): Markup {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${renderLine(block.line)}</p>`;
    case 'note':
      return html`<p class="note">${renderLine(block.line)}</p>`;
    case 'list':
      return renderList(block);
    case 'facts':
      return html`<dl>
        ${block.facts.map(
          ({ name, value }) =>
            html`<dt>${name}</dt>
              <dd>${renderLine(value)}</dd>`,
        )}
      </dl>`;
    case 'figures':
      return html`<div class="figures">
        ${block.figures.map(
          (figure) =>
            html`<div class="figure">
              <span>${figure.label}</span><b>${figure.value}</b><span>${figure.note}</span>
            </div>`,
        )}
      </div>`;
    case 'table':
      return renderTable(block);
    default:
      return renderTimeline(block);
  }
}

const none = html`<p class="none">${EMPTY}</p>`;

function renderList({ ordered, items }: Extract<Block, { kind: 'list' }>): Markup {
  if (items.length === 0) return none;
  const lines = items.map(renderItem);
  return ordered
    ? html`<ol>
        ${lines}
      </ol>`
    : html`<ul>
        ${lines}
      </ul>`;
}

const renderItem = ({ line, beneath = [] }: Item): Markup =>
  html`<li>
    ${renderLine(line)} ${beneath.map((under) => html`<div class="note">${renderLine(under)}</div>`)}
  </li>`;

function renderTable({ head, rows }: Extract<Block, { kind: 'table' }>): Markup {
  if (rows.length === 0) return none;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((name) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${renderLine(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const renderLine = (line: Line): Markup => html`${[line].flat().map(renderRun)}`;

/** Pixels of the longest bar. */
const BAR_WIDTH = 160;

function renderRun(run: Run): Markup {
  if (typeof run === 'string') return html`${run}`;
  if ('code' in run) return html`<code>${run.code}</code>`;
  if ('strong' in run) return html`<b>${run.strong}</b>`;
  if ('label' in run) return html`<span class="label ${run.tone}">${run.label}</span>`;
  return html`<span class="bar ${run.tone}" style="width:${Math.round(run.bar * BAR_WIDTH)}px"></span>`;
}
