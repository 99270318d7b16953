// `transship cancel`: ends a migration in the right way, with its undo.

import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { findMigration } from '../migrations.ts';
import { type TemporalOptions, withTemporalOptions } from '../options.ts';
import { toCliError } from '../temporal-errors.ts';

const AFTER_HELP = `
What happens:
  The migration is asked to end. What it did so far is undone: the registry accepts pushes again and its garbage
  collection schedule is back; copied objects stay at the destination, where the next migration finds them. After
  the point of no return it goes forward instead. Never terminate a migration: that undoes nothing.

Examples:
  $ transship cancel prod
  $ transship cancel prod && transship watch prod

Exit codes: 0 asked, 10 not found or ended already, 14 Temporal cannot be reached.`;

export function cancel(context: Context): Command {
  return withTemporalOptions(
    new Command('cancel')
      .description('end a migration and undo what it began')
      .argument('<registry>', 'registry, or workflow id'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (target: string, options: TemporalOptions) => {
      const { io } = context;
      await withClient(options, io, async (client) => {
        const handle = findMigration(client, target);
        try {
          // Temporal takes a cancellation of what has ended without a word.
          const { status } = await handle.describe();
          if (status.name !== 'RUNNING')
            throw new CliError('notFound', `it has ended already: ${status.name}`, {
              workflowId: handle.workflowId,
            });
          await handle.cancel();
        } catch (error) {
          throw toCliError(error, handle.workflowId);
        }
        if (options.json) printJson(io, { workflowId: handle.workflowId, cancelRequested: true });
        else io.out(`asked ${handle.workflowId} to end; see how with: transship watch ${target}\n`);
      });
    });
}
