// The report of a migration in every form: for programs, for a terminal, for people, and for auditors.

import { renderHtml } from './html.ts';
import { renderJson, toJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { makeProof } from './migration-proof.ts';
import { migrationReport } from './migration-report.ts';
import { summarize } from './migration-summary.ts';
import type { ReportInput } from './report-input.ts';

/** Contents of the files of those names. */
export type RenderedReport = {
  'report.json': string;
  'report.md': string;
  'report.html': string;
  'proof.json': string;
};

export function renderReport(input: ReportInput): RenderedReport {
  const summary = summarize(input);
  const proof = makeProof(input);
  const document = migrationReport(input, summary, proof);
  return {
    'report.json': renderJson(document, { format: 'transship-report/1', summary, ...input }),
    'report.md': renderMarkdown(document),
    'report.html': renderHtml(document),
    'proof.json': toJson(proof),
  };
}
