// `transship migrate`: starts a migration and watches it.

import { Command } from 'commander';
import type { MigrationPath } from '../../../contracts/names.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { startMigration } from '../start-migration.ts';
import { durationText, nameText, pathOption, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { watchUnlessDetached } from '../started.ts';

const AFTER_HELP = `
What happens:
  1. Preflight and plan. Nothing is changed but for images of ours in the canary repository. Then a person approves exactly
     that plan (transship approve).
  2. Garbage collection is stopped and the content is copied while the registry is in use, pass after pass.
  3. A person approves the window. The registry refuses pushes, and pulls fail while replicas are restarted or rebuilt. The
     last changes are copied, the new storage is proved, and the registry is switched to it. When the budget is spent
     before the point of no return, everything is undone; after it a person chooses how to go on when something fails.
  4. Every tag is verified on the new storage, pushes are accepted again, and a report is written.
  5. A person approves the first garbage collection (best practice).
  The migration lives in Temporal: this command only watches it. Ctrl-C or a closed terminal does not end it.

  --path best-practice   metadata backup, copy, destroy and restore on the new storage
  --path read-only       copy, and switch the registry to the copy with its tags kept
  Which versions go which way, and what goes wrong with each: transship traps

Examples:
  $ transship plan prod s3-prod --path best-practice
  $ transship migrate prod s3-prod --path best-practice --window 20m
  $ transship migrate prod s3-prod --path read-only --detach && transship watch prod

Exit codes: 0 migrated, 1 failed, 2 wrong input, 11 an operation on this registry is running, 12 not approved,
13 verification failed, 14 Temporal cannot be reached, 130 interrupted, the migration goes on.`;

type Options = TemporalOptions & { path: MigrationPath; window?: string; detach?: boolean };

export function migrate(context: Context): Command {
  return withTemporalOptions(
    new Command('migrate')
      .description('move the storage of a registry; asks people before each step that matters')
      .argument('<registry>', 'registry of the inventory', nameText)
      .argument('<destination>', 'storage of the inventory that its content shall move to', nameText)
      .addOption(pathOption().makeOptionMandatory())
      .option(
        '--window <duration>',
        'how long pushes may be refused before the point of no return (default: 30m)',
        durationText,
      )
      .option('--detach', 'start it and return at once'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string, destination: string, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = await startMigration(client, options.path, {
          registry,
          destination,
          ...(options.window !== undefined && { window: { budget: options.window } }),
        });
        await watchUnlessDetached(client, handle, registry, options, context);
      });
    });
}
