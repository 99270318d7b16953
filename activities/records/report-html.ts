// The report as one HTML file that needs nothing else: for people, who read it more gladly than logs.

import { formatBytes } from '../../domain/bytes.ts';
import { damageRows, provedText } from '../../domain/storage/damage.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Excerpt, ReportInput } from './report-document.ts';
import { html, trusted, type Markup } from './report-markup.ts';
import type { MigrationProof } from './report-proof.ts';
import { REPORT_STYLE } from './report-style.ts';
import { count, type ReportSummary } from './report-summary.ts';
import { renderTimeline } from './report-timeline.ts';

export function renderHtml(input: ReportInput, summary: ReportSummary, proof: MigrationProof): string {
  const { facts, plan } = input;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${summary.title} - ${facts.result.outcome}</title>
        <style>
          ${trusted(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header class="${summary.tone}">
            <div class="outcome">${facts.result.outcome}</div>
            <h1>${summary.title}</h1>
            <p>${summary.headline}</p>
          </header>
          <div class="figures">
            ${summary.figures.map(
              ({ label, value, note }) =>
                html`<div class="figure"><span>${label}</span><b>${value}</b><span>${note}</span></div>`,
            )}
          </div>
          ${section(
            'When',
            html`${renderTimeline(input)}
              <p class="note legend">
                <i class="run" style="background:var(--run)"></i>registry in full use
                <i style="background:var(--waiting)"></i>waiting for a person
                <i style="background:var(--window)"></i>window: pulls work, pushes are refused
              </p>`,
          )}
          ${facts.failure === null ? '' : failureSection(facts.failure)}
          ${section('What was proved, and how', list(summary.proved))}
          ${section('Copy passes', passTable(facts.result.passes))} ${damageSection(plan)}
          ${excerptSection(
            'Damaged objects of the source',
            input.damaged,
            ['Object', 'Its name says', 'Its bytes are'],
            (row) => [code(row.key), code(row.expected), code(row.actual)],
          )}
          ${excerptSection('Problems of images', input.problems, ['Image', 'Problem', 'Digest'], (row) => [
            `${row.repository}:${row.tag}`,
            row.problem,
            code(row.digest),
          ])}
          ${excerptSection(
            'Tags that changed while the copy ran',
            input.changedTags,
            ['Tag', 'Before', 'After'],
            (row) => [
              `${row.repository}:${row.tag}`,
              row.before === null ? 'new' : code(row.before),
              row.after === null ? 'removed' : code(row.after),
            ],
          )}
          ${section(
            'Approvals',
            table(
              ['At', 'Question', 'Event', 'By', 'Through', 'Comment'],
              facts.audit.map((entry) => [
                entry.at,
                entry.question,
                entry.event,
                entry.by ?? '',
                entry.channel ?? '',
                entry.comment ?? '',
              ]),
            ),
          )}
          ${section('Next', list(summary.nextSteps))}
          ${section(
            'The plan',
            html`<p class="note">
                Digest ${code(facts.plan.digest)}. Recipe ${code(plan.recipe.switch)}: ${plan.recipe.source}.
              </p>
              ${
                plan.warnings.length === 0
                  ? ''
                  : html`<h2>Warnings</h2>
                      ${list(plan.warnings)}`
              }
              ${table(
                ['', 'Step', 'What undoes it'],
                plan.steps.map((step) => [
                  step.number,
                  html`<b>${step.title}</b>
                    ${step.pushesRefused ? html`<span class="refuses">pushes refused</span>` : ''}
                    ${step.does.map((line) => html`<div class="note">${line}</div>`)}`,
                  step.undo ?? 'nothing: past the point of no return',
                ]),
              )}`,
          )}
          ${section(
            'Evidence',
            html`<p class="note">
                Files in the journal and their SHA-256. The digests of this report's own inputs stand in
                proof.json.
              </p>
              ${table(
                ['What', 'Key', 'SHA-256'],
                [
                  ...input.evidence.map(({ name, key, sha256 }) => [name, code(key), code(sha256)]),
                  ['facts of report.json', '', code(proof.inputs.facts)],
                  ['plan of report.json', '', code(proof.inputs.plan)],
                ],
              )}`,
          )}
          <footer>
            Transship, ${facts.finishedAt}. DTR ${plan.version}, replicas ${plan.replicas.join(', ')}.
          </footer>
        </main>
      </body>
    </html> `;
  return page.markup;
}

const section = (title: string, body: Markup): Markup =>
  html`<section>
    <h2>${title}</h2>
    ${body}
  </section>`;

const code = (text: string): Markup => html`<code>${text}</code>`;

const list = (lines: string[]): Markup =>
  html`<ul>
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;

type Cell = string | number | Markup;

function table(head: string[], rows: Cell[][]): Markup {
  if (rows.length === 0) return html`<p class="none">None.</p>`;
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
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What was known of the source before; what was found while copying is a section of its own. */
function damageSection({ damage }: ReportInput['plan']): Markup | string {
  if (damage === undefined) return '';
  const rows = damageRows(damage).map(({ text, advice, examples }) => [
    text,
    html`${examples.slice(0, 2).map(({ key, detail }) => html`<div>${code(key)} ${detail}</div>`)}`,
    advice,
  ]);
  if (rows.length === 0) return '';
  return section(
    'Damage that the source had before',
    html`<p class="note">${provedText(damage)}. Every finding: ${code(damage.key)} in the journal.</p>
      ${table(['Found', 'For example', 'What follows'], rows)}`,
  );
}

function excerptSection<Row>(
  title: string,
  { rows, total }: Excerpt<Row>,
  head: string[],
  cells: (row: Row) => Cell[],
): Markup | string {
  if (total === 0) return '';
  const more = total - rows.length;
  return section(
    `${title} (${count(total)})`,
    html`${table(head, rows.map(cells))}
    ${more > 0 ? html`<p class="note">and ${count(more)} more in the journal</p>` : ''}`,
  );
}

function passTable(passes: ReportInput['facts']['result']['passes']): Markup {
  const longestMs = Math.max(1, ...passes.map(({ durationMs }) => durationMs));
  return table(
    ['Pass', 'At the source', 'Copied', '', 'Removed', 'Took', ''],
    passes.map((pass) => [
      pass.final ? `${pass.pass}, in the window` : pass.pass,
      `${count(pass.sourceObjects)} objects, ${formatBytes(pass.sourceBytes)}`,
      count(pass.copiedObjects),
      formatBytes(pass.copiedBytes),
      count(pass.removedObjects),
      formatDuration(pass.durationMs),
      html`<span
        class="bar ${pass.final ? 'final' : ''}"
        style="width:${Math.round((pass.durationMs / longestMs) * 160)}px"
      ></span>`,
    ]),
  );
}

const failureSection = ({ type, message, undone }: NonNullable<ReportInput['facts']['failure']>): Markup =>
  section(
    'What failed',
    html`<p><b>${type}</b>: ${message}</p>
      ${undone.length === 0 ? html`<p class="none">Nothing had to be undone.</p>` : list(undone.map((step) => `Undone: ${step}`))}`,
  );
