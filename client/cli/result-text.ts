// The end of an operation in words, by its kind.

import type { MigrationResult } from '../../contracts/migration.ts';
import type { OperationKind } from '../../contracts/operation.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { laidOut, oneLine, visibleJson } from '../../domain/text/plain-text.ts';
import type { Ended } from '../operations.ts';

const TEXTS: Record<OperationKind, (result: unknown) => string> = {
  migration: (result) => migrationText(result as MigrationResult),
};

/** Of a kind that this version does not know the result is shown as it is. */
export const resultText = ({ kind, result }: Ended<unknown>): string =>
  Object.hasOwn(TEXTS, kind) ? TEXTS[kind as OperationKind](result) : visibleJson(result);

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
    `  report   ${result.report === '' ? 'could not be written' : `${result.report} in the journal`}`,
    `  next     set "storage: ${destination}" of ${registry} in the inventory of every worker, and restart the workers`,
  ]
    .map(laidOut)
    .join('\n');
}
