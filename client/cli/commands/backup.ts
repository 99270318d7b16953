// `transship backup`: makes a backup set of a registry and watches it.

import { Command, Option } from 'commander';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { startBackup } from '../start-backup.ts';
import { watchUnlessDetached } from '../started.ts';

const AFTER_HELP = `
What happens:
  1. Garbage collection is paused; pushes and pulls go on.
  2. The metadata are taken and encrypted on their way. Nothing of them is in clear on any disk.
  3. Tags and links are listed, then the blobs that the repository does not have yet are copied and proved by their SHA-256.
  4. For every tag it is proved that the set has what its image needs. Then the manifest is signed and written: from that
     moment there is a set, and before it there is none. Garbage collection is turned on again, in every ending.
  A backup that was interrupted leaves no set; the next one copies nothing again that is there.

Examples:
  $ transship backup prod --dry-run
  $ transship backup prod
  $ transship backup prod --repository offsite --detach && transship watch prod
  $ transship backups prod --inventory inventory.yaml
  $ temporal workflow start --type backupRegistry --task-queue transship --workflow-id registry-prod --input '{"registry":"prod"}'

Exit codes: 0 there is a new set (or the plan), 1 failed, 2 wrong input, 11 an operation on this registry is running,
14 Temporal cannot be reached, 130 interrupted, the backup goes on.`;

type Options = TemporalOptions & { repository?: string; dryRun?: boolean; detach?: boolean };

export function backup(context: Context): Command {
  return withTemporalOptions(
    new Command('backup')
      .description('make a backup set of a registry: metadata, content and what it takes to restore them')
      .argument('<registry>', 'registry of the inventory', nameText)
      .option('--repository <name>', 'repository of the inventory (default: its backups)', nameText)
      .option('--dry-run', 'count what would be copied; nothing is written')
      .addOption(new Option('--detach', 'start it and return at once').conflicts('dryRun')),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = await startBackup(client, {
          registry,
          ...(options.repository !== undefined && { repository: options.repository }),
          ...(options.dryRun === true && { dryRun: true }),
        });
        await watchUnlessDetached(client, handle, registry, options, context);
      });
    });
}
