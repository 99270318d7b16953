// `transship restore`: makes a registry what it was when a set was made, and watches it.

import { Command, Option } from 'commander';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { startRestore } from '../start-backup.ts';
import { printPlan, watchUnlessDetached } from '../started.ts';

const AFTER_HELP = `
What happens:
  1. The set is verified. One that is not whole is refused before anything else is looked at. Then the registry, if it
     answers, and the destination, which must be empty or hold only what the set holds: nothing is ever removed.
  2. The plan lists each tag that would be lost because it is newer than the set. A person approves exactly that plan
     (transship approve).
  3. The registry refuses pushes. The images are written, each proved by its SHA-256; until then a cancellation undoes
     everything.
  4. The configuration of each replica comes back, with the destination as its storage. From here on nothing interrupts: when
     something fails, a person chooses between trying again and ending with the registry read-only.
  5. Every tag of the set is pulled whole. Then pushes are accepted again.
  Sets of a plain registry (CNCF Distribution) are restored so. For DTR and MSR see docs/operations/restore.md.

Examples:
  $ transship restore prod --dry-run
  $ transship restore prod                                         the newest set, to the storage of the registry
  $ transship restore prod prod/20261128T141500Z-1f2e3d4c --to s3-prod
  $ temporal workflow start --type restoreRegistry --task-queue transship --workflow-id registry-prod --input '{"registry":"prod"}'

Exit codes: 0 restored (or the plan), 1 failed, 2 wrong input, 11 an operation on this registry is running, 12 not approved,
14 Temporal cannot be reached, 16 the set is not whole, or there is none, 130 interrupted, the restore goes on.`;

type Options = TemporalOptions & { to?: string; repository?: string; dryRun?: boolean; detach?: boolean };

export function restore(context: Context): Command {
  return withTemporalOptions(
    new Command('restore')
      .description('make a registry what it was when a backup set was made; asks a person first')
      .argument('<registry>', 'registry of the inventory', nameText)
      .argument('[set]', 'a set as transship backups names it (default: the newest)', nameText)
      .option('--to <storage>', 'storage that its content goes to (default: that of the registry)', nameText)
      .option('--repository <name>', 'repository of the inventory (default: its backups)', nameText)
      .option('--dry-run', 'print the plan; nothing is changed')
      .addOption(new Option('--detach', 'start it and return at once').conflicts('dryRun')),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string, set: string | undefined, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = await startRestore(client, {
          registry,
          ...(set !== undefined && { set }),
          ...(options.to !== undefined && { destination: options.to }),
          ...(options.repository !== undefined && { repository: options.repository }),
          ...(options.dryRun === true && { dryRun: true }),
        });
        if (options.dryRun) await printPlan(client, handle, options, context);
        else await watchUnlessDetached(client, handle, registry, options, context);
      });
    });
}
