// `transship return`: moves a registry back to the storage that it was moved from last.

import { Command, Option } from 'commander';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { durationText, nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { startReturn } from '../start-migration.ts';
import { printPlan, watchUnlessDetached } from '../started.ts';

const AFTER_HELP = `
What happens:
  The journal says which storage the registry was moved from. Then it is a migration by the read-only path, with the same plan,
  approvals, passes, window, proofs and report; what is still on the old storage is proved where it lies and not copied again.
  Objects that have gone since are removed from the old storage, and those that have changed are replaced: the plan counts
  them, and the journal names each. One that somebody else wrote there since stops it before anything is done.
  What was pushed since the move comes along.

Examples:
  $ transship return prod --dry-run
  $ transship return prod --window 20m
  $ transship return prod --detach && transship watch prod

Exit codes: 0 moved back (or planned), 1 failed, 2 wrong input, or nowhere to go back to, 11 an operation on this registry
is running, 12 not approved, 13 verification failed, 14 Temporal cannot be reached, 130 interrupted, the migration goes on.`;

type Options = TemporalOptions & { window?: string; dryRun?: boolean; detach?: boolean };

export function returnToPrevious(context: Context): Command {
  return withTemporalOptions(
    new Command('return')
      .description(
        'move a registry back to the storage that it was moved from last, with what was pushed since',
      )
      .argument('<registry>', 'registry of the inventory', nameText)
      .option(
        '--window <duration>',
        'how long pushes may be refused before the point of no return (default: 30m)',
        durationText,
      )
      .option('--dry-run', 'make the plan and show it; the registry stays as it is')
      .addOption(new Option('--detach', 'start it and return at once').conflicts('dryRun')),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = await startReturn(client, {
          registry,
          ...(options.window !== undefined && { window: { budget: options.window } }),
          ...(options.dryRun === true && { dryRun: true }),
        });
        if (options.dryRun === true) await printPlan(client, handle, options, context);
        else await watchUnlessDetached(client, handle, registry, options, context);
      });
    });
}
