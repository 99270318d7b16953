// The report of a migration in every form: for programs, for a terminal, for people, and for auditors.

import type { RenderedReport, ReportInput } from './report-document.ts';
import { renderHtml } from './report-html.ts';
import { renderMarkdown } from './report-markdown.ts';
import { makeProof } from './report-proof.ts';
import { summarize } from './report-summary.ts';

export function renderReport(input: ReportInput): RenderedReport {
  const summary = summarize(input);
  const proof = makeProof(input);
  return {
    'report.json': toJson({ format: 'transship-report/1', summary, ...input }),
    'report.md': renderMarkdown(input, summary),
    'report.html': renderHtml(input, summary, proof),
    'proof.json': toJson(proof),
  };
}

const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
