// `transship status`: what a migration does now, once.

import { Command } from 'commander';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { findMigration, queryStatus } from '../migrations.ts';
import { type TemporalOptions, withTemporalOptions } from '../options.ts';
import { statusLines } from '../progress/status-lines.ts';
import { toCliError } from '../temporal-errors.ts';

const AFTER_HELP = `
What happens:
  Temporal says whether the migration runs, and a worker says what it does and whom it waits for. Without a worker
  only the first is known ("status": null).

Examples:
  $ transship status prod
  $ transship status prod --json | jq .status.waitingFor

Exit codes: 0 it was found, however it stands, 10 not found, 14 Temporal cannot be reached.`;

export function status(context: Context): Command {
  return withTemporalOptions(
    new Command('status')
      .description('show what a migration does now and whom it waits for')
      .argument('<registry>', 'registry, or workflow id'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (target: string, options: TemporalOptions) => {
      const { io } = context;
      await withClient(options, io, async (client) => {
        const handle = findMigration(client, target);
        const { workflowId } = handle;
        try {
          const { runId, status: execution } = await handle.describe();
          const answer = await queryStatus(client, handle);
          if (options.json) printJson(io, { workflowId, runId, execution: execution.name, status: answer });
          else io.out(`${[`${workflowId}  ${execution.name}`, ...linesOf(answer)].join('\n')}\n`);
        } catch (error) {
          throw toCliError(error, workflowId);
        }
      });
    });
}

const linesOf = (answer: Awaited<ReturnType<typeof queryStatus>>): string[] =>
  answer ? statusLines(answer, Date.now()) : ['no worker answers now, so no more is known'];
