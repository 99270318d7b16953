// The end of an operation in words and as an exit code, by its kind.

import type { BackupResult, VerificationResult } from '../../contracts/backup.ts';
import type { MigrationResult } from '../../contracts/migration.ts';
import type { RestoreResult } from '../../contracts/restore.ts';
import type { OperationKind } from '../../contracts/operation.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { laidOut, oneLine, visibleJson } from '../../domain/text/plain-text.ts';
import type { Ended } from '../operations.ts';
import type { Exit } from './exit-codes.ts';

type Telling = { text: (result: unknown) => string; exit: (result: unknown) => Exit };

const TELLINGS: Record<OperationKind, Telling> = {
  migration: {
    text: (result) => migrationText(result as MigrationResult),
    // It has moved, and not all of it: nobody's script may take that for success
    exit: (result) => ((result as MigrationResult).problems > 0 ? 'verificationFailed' : 'ok'),
  },
  backup: { text: (result) => backupText(result as BackupResult), exit: () => 'ok' },
  restore: { text: (result) => restoreText(result as RestoreResult), exit: () => 'ok' },
  verification: { text: (result) => verificationText(result as VerificationResult), exit: () => 'ok' },
};

/** Of a kind that this version does not know the result is shown as it is. */
export function tellingOf({ kind, result }: Ended<unknown>): { text: string; exit: Exit } {
  if (!Object.hasOwn(TELLINGS, kind)) return { text: visibleJson(result), exit: 'ok' };
  const { text, exit } = TELLINGS[kind as OperationKind];
  return { text: text(result), exit: exit(result) };
}

function migrationText(result: MigrationResult): string {
  const { registry, destination, tagsBefore, tagsAfter, windowSeconds } = result;
  if (result.outcome === 'planned')
    return oneLine(`The plan is ${result.plan} in the journal: ${result.planDigest}`);
  return [
    `Migrated ${registry} to ${destination}`,
    `  content  ${result.objects} objects, ${formatBytes(result.bytes)}, ${result.passes.length} passes`,
    `  tags     ${tagsBefore.tags} before, ${tagsAfter?.tags ?? 'unknown'} after`,
    `  window   pushes were refused for ${windowSeconds === null ? 'no time' : `${windowSeconds} s`}`,
    ...(result.damaged > 0 ? [`  damaged  ${result.damaged} objects, named in the report`] : []),
    ...(result.problems > 0
      ? [
          `  missing  ${result.problems} tags, manifests or blobs, named in the report; a person went on without them`,
        ]
      : []),
    `  report   ${result.reportPlace ?? (result.report === '' ? 'could not be written' : `${result.report} in the journal`)}`,
    `  next     set "storage: ${destination}" of ${registry} in the inventory of every worker, and restart the workers`,
  ]
    .map(laidOut)
    .join('\n');
}

function backupText(result: BackupResult): string {
  const { registry, repository, content, set, outcome, lost, report } = result;
  const { blobs, bytes, newBlobs, newBytes } = content;
  return [
    outcome === 'planned'
      ? `A backup of ${registry} to ${repository} would copy this now; nothing was written`
      : `Backed up ${registry} as ${set} in ${repository}`,
    `  content  ${blobs} blobs, ${formatBytes(bytes)}; ${newBlobs} of them new, ${formatBytes(newBytes)}`,
    ...(outcome === 'planned' ? [] : [`  tags     ${result.tags}`]),
    ...(lost > 0 ? [`  lost     ${lost} blobs that images name are not in the registry any more`] : []),
    ...(outcome === 'planned'
      ? []
      : [
          `  report   ${report === '' ? 'could not be written' : `${report} in the journal`}`,
          `  next     transship verify ${set}`,
        ]),
  ]
    .map(laidOut)
    .join('\n');
}

function verificationText({ set, repository, tags, files, blobs, bytes, deep }: VerificationResult): string {
  return [
    `${set} in ${repository} is whole`,
    `  set      ${files} files, ${tags} tags, ${blobs} blobs, ${formatBytes(bytes)}`,
    ...(deep === null
      ? []
      : [
          `  read     ${deep.blobs} of ${deep.of.blobs} blobs of the repository, ${formatBytes(deep.bytes)} of ${formatBytes(deep.of.bytes)}`,
          `  oldest   ${deep.oldest === null ? 'not everything has been read yet' : `everything was read since ${deep.oldest}`}`,
        ]),
  ]
    .map(laidOut)
    .join('\n');
}

function restoreText(result: RestoreResult): string {
  const { registry, set, destination, tags, written, kept, report } = result;
  if (result.outcome === 'planned')
    return oneLine(`The plan is ${result.plan} in the journal: ${result.planDigest}`);
  return [
    `Restored ${registry} from ${set} to ${destination}`,
    `  content  ${written} objects written, ${kept} there already and proved`,
    `  tags     ${tags}, each pulled whole`,
    `  report   ${report === '' ? 'could not be written' : `${report} in the journal`}`,
    `  next     set "storage: ${destination}" of ${registry} in the inventory of every worker, and restart the workers`,
  ]
    .map(laidOut)
    .join('\n');
}
