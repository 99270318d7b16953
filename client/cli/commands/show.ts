// `transship show`: the plan of an operation, whole, from wherever its journal is.

import { Command } from 'commander';
import { planOf } from '../../operations.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { planLines } from '../started.ts';
import { withOperation } from '../with-operation.ts';

const AFTER_HELP = `
What happens:
  The workflow is asked for the plan that people approve, also when it has ended; a worker answers for it. The digest at
  its head is the one that an approval names.

Examples:
  $ transship show prod
  $ transship show prod --json | jq -r .text > plan.md

Exit codes: 0 shown, 1 there is no plan or no worker answers, 10 not found, 14 Temporal cannot be reached.`;

export function show(context: Context): Command {
  return withTemporalOptions(
    new Command('show')
      .description('show the plan of an operation')
      .argument('<subject>', 'registry, or workflow id of an operation', nameText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (target: string, options: TemporalOptions) => {
      const { io } = context;
      await withOperation(target, options, context, async (client, handle) => {
        const plan = await planOf(client, handle);
        if (plan === null)
          throw new CliError('failed', `${handle.workflowId} has no plan yet, or no worker answers for it`, {
            advice: 'Look with `transship status`; a worker must run to answer.',
          });
        if (options.json) printJson(io, { workflowId: handle.workflowId, ...plan });
        else io.out(planLines(plan.text));
      });
    });
}
