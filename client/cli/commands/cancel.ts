// `transship cancel`: ends an operation in the right way, with its undo.

import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { isOpen } from '../../operations.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { withOperation } from '../with-operation.ts';

const AFTER_HELP = `
What happens:
  The operation is asked to end. What it did so far is undone: the registry accepts pushes again and its garbage
  collection schedule is back; copied objects stay at the destination, where the next one finds them. After
  the point of no return it goes forward instead. Never terminate an operation: that undoes nothing.

Examples:
  $ transship cancel prod
  $ transship cancel prod && transship watch prod

Exit codes: 0 asked, 10 not found or ended already, 14 Temporal cannot be reached.`;

export function cancel(context: Context): Command {
  return withTemporalOptions(
    new Command('cancel')
      .description('end an operation and undo what it began')
      .argument('<subject>', 'registry, or workflow id of an operation', nameText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (target: string, options: TemporalOptions) => {
      const { io } = context;
      await withOperation(target, options, context, async (_client, handle) => {
        const { workflowId } = handle;
        // Temporal takes a cancellation of what has ended without a word.
        const { status } = await handle.describe();
        if (!isOpen(status.name))
          throw new CliError('notFound', `it has ended already: ${status.name}`, { workflowId });
        await handle.cancel();
        if (options.json) printJson(io, { workflowId, cancelRequested: true });
        else io.out(`asked ${workflowId} to end; see how with: transship watch ${target}\n`);
      });
    });
}
