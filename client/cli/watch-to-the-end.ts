// What `migrate` and `watch` share: follow a migration, then print its result.

import type { Client } from '@temporalio/client';
import type { MigrationResult } from '../../contracts/migration.ts';
import { formatBytes } from '../../domain/bytes.ts';
import type { Context } from './context.ts';
import { follow } from './follow.ts';
import { printJson } from './io.ts';
import type { MigrationHandle } from './migrations.ts';
import { createView } from './progress/view.ts';
import { toCliError } from './temporal-errors.ts';

export async function watchToTheEnd(
  client: Client,
  handle: MigrationHandle,
  options: { json?: boolean },
  context: Context,
): Promise<void> {
  const { io } = context;
  const { workflowId } = handle;
  const result = await follow(client, handle, createView(io, options.json ?? false), io).catch(
    (error: unknown) => {
      throw toCliError(error, workflowId);
    },
  );
  if (result === undefined) {
    context.exit = 'interrupted';
    io.err(`${workflowId} goes on. Watch it again with transship watch, end it with transship cancel.\n`);
  } else if (options.json) printJson(io, { event: 'result', workflowId, result });
  else io.out(`${resultText(result)}\n`);
}

function resultText(result: MigrationResult): string {
  const { registry, destination, tagsBefore, tagsAfter, windowSeconds } = result;
  if (result.outcome === 'planned') return `The plan is ${result.plan} in the journal: ${result.planDigest}`;
  return [
    `Migrated ${registry} to ${destination}`,
    `  content  ${result.objects} objects, ${formatBytes(result.bytes)}, ${result.passes.length} passes`,
    `  tags     ${tagsBefore.tags} before, ${tagsAfter?.tags ?? 'unknown'} after`,
    `  window   pushes were refused for ${windowSeconds === null ? 'no time' : `${windowSeconds} s`}`,
    ...(result.damaged > 0 ? [`  damaged  ${result.damaged} objects, named in the report`] : []),
    `  report   ${result.report} in the journal`,
  ].join('\n');
}
