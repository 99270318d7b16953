// `transship watch`: follows an operation that runs.

import { Command } from 'commander';
import type { Context } from '../context.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { watchToTheEnd } from '../watch-to-the-end.ts';
import { withOperation } from '../with-operation.ts';

const AFTER_HELP = `
What happens:
  On a terminal a picture with progress, rate and time left is redrawn; elsewhere lines are printed when something
  changes, and every 10 s while it copies. With --json each change is a line {"event": "status"} on stdout, and when it
  ends well the last line is {"event": "result"}; a failure is an object on stderr. Restarts of workers are waited out. Any number of people may watch.

Examples:
  $ transship watch prod
  $ transship watch prod --json | jq -r .status.phase

Exit codes: those of the operation, as in transship migrate; 10 not found, 130 interrupted, the operation goes on.`;

export function watch(context: Context): Command {
  return withTemporalOptions(
    new Command('watch')
      .description('follow an operation to its end and exit with its outcome')
      .argument('<subject>', 'registry, or workflow id of an operation', nameText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (target: string, options: TemporalOptions) => {
      await withOperation(target, options, context, async (client, handle) => {
        await watchToTheEnd(client, handle, options, context);
      });
    });
}
