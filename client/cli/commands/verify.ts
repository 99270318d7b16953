// `transship verify`: proves a backup set.

import { Command, InvalidArgumentError } from 'commander';
import { parseBytes } from '../../../domain/bytes.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { startVerification } from '../start-backup.ts';
import { watchUnlessDetached } from '../started.ts';

const AFTER_HELP = `
What happens:
  The manifest's signature and every file's digest are checked, the metadata are decrypted and read to their end, and for every
  tag it is proved that all that its image needs is in the set and has the right length in the content. With --deep so many
  bytes of content are read and hashed, what was not read for longest first: run daily with a tenth of the content, everything
  is read every ten days. Each problem is named with its file, key or image and the reason; all are listed in the journal.

Examples:
  $ transship verify prod                                           the newest set
  $ transship verify prod/20261128T141500Z-1f2e3d4c --deep "50 GiB"

Exit codes: 0 the set is whole, 16 it is not, or there is none, 1 failed, 2 wrong input, 11 an operation on these sets is running,
14 Temporal cannot be reached, 130 interrupted, the verification goes on.`;

type Options = TemporalOptions & { repository?: string; deep?: string; detach?: boolean };

export function verify(context: Context): Command {
  return withTemporalOptions(
    new Command('verify')
      .description('prove that a backup set is whole, ours, and could be restored')
      .argument('<set>', 'a registry, for its newest set, or a set as transship backups names it', nameText)
      .option('--repository <name>', 'repository of the inventory (default: its backups)', nameText)
      .option('--deep <bytes>', 'also read and hash so much of the content, e.g. "50 GiB"', sizeText)
      .option('--detach', 'start it and return at once'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (set: string, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = await startVerification(client, {
          set,
          ...(options.repository !== undefined && { repository: options.repository }),
          ...(options.deep !== undefined && { deep: options.deep }),
        });
        await watchUnlessDetached(client, handle, handle.workflowId, options, context);
      });
    });
}

function sizeText(value: string): string {
  if (parseBytes(value) !== undefined) return value;
  throw new InvalidArgumentError('It must be a size such as 500 MiB or 50 GiB.');
}
