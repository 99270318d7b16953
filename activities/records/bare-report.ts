// The report of a migration whose plan the journal no longer gives: what came of it, who approved what, and what could not be
// read. Nothing in it rests on the journal, so there is a report for every ending.

import { code, type Document, list, note, paragraph, prose, type Section } from './document.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import {
  approvalTable,
  failureSections,
  leftSections,
  passTable,
  unreadSections,
} from './migration-report.ts';
import { whenSection } from './migration-timeline.ts';
import type { RenderedReport } from './render-report.ts';
import type { ReportInput } from './report-input.ts';

type Bare = Omit<ReportInput, 'plan'>;

export function renderBareReport(input: Bare): Omit<RenderedReport, 'proof.json'> {
  const document = bareReport(input);
  return {
    'report.json': renderJson(document, { format: 'transship-report/1', ...input }),
    'report.md': renderMarkdown(document),
    'report.html': renderHtml(document),
  };
}

function bareReport({ facts, pulls, unread }: Bare): Document {
  const { result, failure, left } = facts;
  return {
    title: `${result.registry} → ${result.destination}`,
    verdict: {
      word: result.outcome,
      tone: 'bad',
      sentence:
        failure === null
          ? `The migration of ${result.registry} ended as "${result.outcome}"; its plan cannot be read any more.`
          : `The migration of ${result.registry} did not succeed: ${failure.message}`,
    },
    opening: [],
    sections: [
      ...unreadSections(unread),
      ...leftSections(left),
      whenSection(facts, pulls),
      ...failureSections(failure),
      section('Copy passes', passTable(result.passes)),
      section('Approvals', approvalTable(facts.audit)),
      {
        heading: 'The plan',
        blocks: [
          note('Digest ', code(facts.plan.digest), '.'),
          list(facts.plan.steps.map(({ number, title }) => prose(`${number}. ${title}`))),
        ],
      },
      ...(result.tagsAfter === null
        ? []
        : [
            {
              heading: 'Tags',
              blocks: [paragraph(`${result.tagsBefore.tags} before, ${result.tagsAfter.tags} after.`)],
            },
          ]),
    ],
    footer: `Transship, ${facts.finishedAt}.`,
  };
}

const section = (heading: string, block: Section['blocks'][number]): Section => ({
  heading,
  blocks: [block],
});
