// The report of a backup: is there a set, what is in it, what was not there to be backed up, and what to do next.

import type { BackupFacts, SetManifest } from '../../contracts/backup.ts';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { fileOf } from '../journal/keys.ts';
import { writeText } from '../journal/text.ts';
import type { Storage } from '../storage/storage.ts';
import { code, type Document, list, paragraph, prose, type Section } from './document.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';

export async function writeBackupReport(journal: Storage, facts: BackupFacts): Promise<{ key: string }> {
  const document = backupReport(facts);
  const files = {
    'report.json': renderJson(document, { format: 'transship-backup-report/1', ...facts }),
    'report.md': renderMarkdown(document),
    'report.html': renderHtml(document),
  };
  for (const [file, content] of Object.entries(files))
    await writeText(journal, fileOf('report', { job: facts.job, file }), content);
  return { key: fileOf('report', { job: facts.job, file: 'report.html' }).key };
}

export function backupReport(facts: BackupFacts): Document {
  const { registry, repository, manifest, failure, resumed, finishedAt } = facts;
  const isWhole = manifest !== null && manifest.closure.lost === 0 && manifest.closure.unread === 0;
  return {
    title: `Backup of ${registry}`,
    verdict:
      manifest === null
        ? {
            word: 'failed',
            tone: 'bad',
            sentence: `There is no set: ${failure?.message ?? 'the backup was ended'}`,
          }
        : {
            word: 'backed up',
            tone: isWhole ? 'good' : 'waiting',
            sentence: `The set ${registry}/${manifest.id} is complete in the repository ${repository}.`,
          },
    opening: [],
    sections: [
      ...(failure === null ? [] : [failureSection(failure)]),
      ...(manifest === null ? [] : sectionsOf(manifest)),
      {
        heading: 'Garbage collection',
        blocks: [
          resumed.length === 0
            ? paragraph('Nothing was on, so nothing had to be turned on again.')
            : list(resumed.map((words) => [code(words)])),
        ],
      },
      {
        heading: 'Next',
        blocks: [
          list(
            manifest === null
              ? [prose('Start the backup again. What was copied already is not copied again.')]
              : [prose(`\`transship verify ${registry}/${manifest.id}\` proves that it could be restored.`)],
          ),
        ],
      },
    ],
    footer: `Transship, ${finishedAt}.`,
  };
}

const failureSection = ({ type, message }: { type: string; message: string }): Section => ({
  heading: 'What went wrong',
  blocks: [
    paragraph(message),
    ...(Object.hasOwn(FAILURES, type) ? [paragraph(FAILURES[type as FailureType].advice)] : []),
  ],
});

function sectionsOf(manifest: SetManifest): Section[] {
  const { counts, content, closure, takenAt, files, version, replica } = manifest;
  const missing = [
    ...(closure.lost > 0
      ? [
          `${closure.lost} blobs that images name are not in the registry any more; \`images.ndjson\` of the set names them.`,
        ]
      : []),
    ...(closure.unread > 0
      ? [`${closure.unread} manifests or tags could not be read or understood: what they name is not known.`]
      : []),
    ...(closure.unsettled > 0
      ? [
          `${closure.unsettled} tags were pushed or removed while the metadata were taken; \`tags.ndjson\` has both sides.`,
        ]
      : []),
  ];
  return [
    {
      heading: 'The set',
      blocks: [
        {
          kind: 'facts',
          facts: [
            { name: 'version', value: `${version}, metadata of replica ${replica}` },
            { name: 'metadata', value: takenAt.metadata },
            { name: 'content', value: takenAt.content },
            { name: 'images', value: `${counts.tags} tags in ${counts.repositories} repositories` },
            { name: 'blobs', value: `${counts.blobs}, ${formatBytes(counts.bytes)}` },
            { name: 'copied', value: `${content.newBlobs}, ${formatBytes(content.newBytes)}` },
          ],
        },
        {
          kind: 'table',
          head: ['File', 'Bytes', 'SHA-256'],
          rows: Object.entries(files).map(([name, { bytes, sha256 }]) => [name, String(bytes), code(sha256)]),
        },
      ],
    },
    ...(missing.length === 0 ? [] : [{ heading: 'What was not there', blocks: [list(missing.map(prose))] }]),
  ];
}
