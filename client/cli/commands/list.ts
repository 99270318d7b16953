// `transship list`: the operations that run, and those that ended.

import { Command } from 'commander';
import { listOperations, type Listed } from '../../operations.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { type TemporalOptions, wholeNumber, withTemporalOptions } from '../options.ts';
import { textTable } from '../text-table.ts';

const DEFAULT_LIMIT = 50;
const AFTER_HELP = `
What happens:
  Temporal is asked for the operations of every registry, newest first; no worker is needed. WAITS says that a person is
  asked something: see what with transship status. PHASE paused: somebody holds it. Temporal may need a second or two to list what has just changed.

Examples:
  $ transship list
  $ transship list --all --limit 200
  $ transship list --json | jq -r '.operations[] | select(.needsApproval).workflowId'

Exit codes: 0 listed, also when there is none, 14 Temporal cannot be reached.`;

type Options = TemporalOptions & { all?: boolean; limit: number };

export function list(context: Context): Command {
  return withTemporalOptions(
    new Command('list')
      .description('list the operations that run, and with --all those that ended')
      .option('--all', 'also those that ended, as long as Temporal keeps them')
      .option('--limit <n>', 'at most so many', wholeNumber, DEFAULT_LIMIT),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (options: Options) => {
      const { io } = context;
      await withClient(options, io, async (client) => {
        const { all: ended = false, limit } = options;
        const operations = await listOperations(client, { ended, limit });
        if (options.json) printJson(io, { operations });
        else
          io.out(operations.length === 0 ? `none ${ended ? 'known' : 'runs'}\n` : `${tableOf(operations)}\n`);
      });
    });
}

const tableOf = (operations: Listed[]): string =>
  textTable(
    ['WORKFLOW ID', 'KIND', 'STATE', 'PHASE', 'WAITS', 'STARTED'],
    operations.map(({ workflowId, kind, execution, phase, needsApproval, startedAt }) => [
      workflowId,
      kind,
      execution.toLowerCase(),
      phase ?? '',
      needsApproval ? 'yes' : '',
      startedAt,
    ]),
  );
