// `transship plan`: the plan of a migration, without doing it.

import { Command } from 'commander';
import type { MigrationPath } from '../../../contracts/names.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { durationText, nameText, pathOption, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { startMigration } from '../start-migration.ts';
import { printPlan } from '../started.ts';

const AFTER_HELP = `
What happens:
  The migration is started as a dry run: it looks at the registry and both storages, tries a small object at the
  destination, pushes an image of ours through every replica into the canary repository, removes them, makes the plan with
  numbered steps and the undo of each, and ends. Nothing else is changed and nobody is asked. The plan is printed, and lies
  in the journal.

Examples:
  $ transship plan prod s3-prod --path best-practice
  $ transship plan prod s3-prod --path read-only

Exit codes: 0 planned, 1 a finding of the preflight, 2 wrong input, 11 an operation on this registry is running.`;

type Options = TemporalOptions & { path: MigrationPath; window?: string };

export function plan(context: Context): Command {
  return withTemporalOptions(
    new Command('plan')
      .description('make the plan of a migration and show it; the registry stays as it is')
      .argument('<registry>', 'registry of the inventory', nameText)
      .argument('<destination>', 'storage of the inventory that its content shall move to', nameText)
      .addOption(pathOption().makeOptionMandatory())
      .option('--window <duration>', 'budget of the maintenance window, e.g. 30m', durationText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string, destination: string, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = await startMigration(client, options.path, {
          registry,
          destination,
          dryRun: true,
          ...(options.window !== undefined && { window: { budget: options.window } }),
        });
        await printPlan(client, handle, options, context);
      });
    });
}
