// The report of a restore, however it ended: what came back, whether every tag was pulled, and what is left to do.

import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import type { RestoreReportFacts } from '../../contracts/restore.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { fileOf } from '../journal/keys.ts';
import { writeText } from '../journal/text.ts';
import type { Storage } from '../storage/storage.ts';
import { code, type Document, list, paragraph, prose, type Section } from './document.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';

export async function writeRestoreReport(
  journal: Storage,
  facts: RestoreReportFacts,
): Promise<{ key: string }> {
  const document = restoreReport(facts);
  const files = {
    'report.json': renderJson(document, { format: 'transship-restore-report/1', ...facts }),
    'report.md': renderMarkdown(document),
    'report.html': renderHtml(document),
  };
  const { job } = facts.subject;
  for (const [file, content] of Object.entries(files))
    await writeText(journal, fileOf('report', { job, file }), content);
  return { key: fileOf('report', { job, file: 'report.html' }).key };
}

function restoreReport(facts: RestoreReportFacts): Document {
  const { subject, plan, manifest, failure, left, resumed, finishedAt } = facts;
  const { registry, repository, set, destination } = subject;
  return {
    title: `Restore of ${registry}`,
    verdict:
      failure === null
        ? {
            word: 'restored',
            tone: 'good',
            sentence: `${registry} is what it was at ${manifest.takenAt.begun}, on ${destination}.`,
          }
        : { word: 'failed', tone: 'bad', sentence: failure.message },
    opening: [
      {
        kind: 'facts',
        facts: [
          { name: 'set', value: `${registry}/${set} in ${repository}` },
          { name: 'version', value: manifest.version },
          { name: 'plan', value: [code(plan.digest), ' ', code(plan.key)] },
        ],
      },
    ],
    sections: [
      ...(failure === null || !Object.hasOwn(FAILURES, failure.type)
        ? []
        : [
            {
              heading: 'What went wrong',
              blocks: [paragraph(FAILURES[failure.type as FailureType].advice)],
            },
          ]),
      contentSection(facts),
      {
        heading: 'Schedules',
        blocks: [list(resumed.map((words) => [code(words)]))],
      },
      {
        heading: 'Decisions',
        blocks: [
          list(facts.audit.map(({ at, event, question, by }) => `${at} ${question} ${event} ${by ?? ''}`)),
        ],
      },
      { heading: 'Left to do', blocks: [list(left.map(prose))] },
    ],
    footer: `Transship, ${finishedAt}.`,
  };
}

function contentSection({ content, verification, manifest }: RestoreReportFacts): Section {
  const { written, writtenBytes, kept } = content ?? { written: 0, writtenBytes: 0, kept: 0 };
  return {
    heading: 'Images',
    blocks: [
      {
        kind: 'facts',
        facts: [
          { name: 'written', value: `${written} objects, ${formatBytes(writtenBytes)}` },
          { name: 'there already', value: `${kept} objects, each proved` },
          {
            name: 'pulled',
            value:
              verification === null
                ? 'it did not come to that'
                : `${verification.pulledTags} of ${manifest.counts.tags} tags, ${formatBytes(verification.pulledBytes)}, ${verification.problems} problems`,
          },
        ],
      },
    ],
  };
}
