// `transship backups`: the sets of a repository. It reads the repository itself, so that it works when nothing else does.

import { Command } from 'commander';
import type { ListedSet } from '../../../contracts/backup.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import { formatDuration } from '../../../domain/duration.ts';
import { oneLine } from '../../../domain/text/plain-text.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { nameText } from '../options.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from '../storage/run-on-storages.ts';
import { textTable } from '../text-table.ts';

const AFTER_HELP = `
What happens:
  The repository is read, without Temporal and without a worker. SIZE is what the set needs, NEW what came with it: sets share
  content. VERIFIED says how long ago transship verify found the set whole. A set whose manifest is damaged, foreign or of a
  format that this version does not know is listed with the reason. What an interrupted backup has left is no set.

Examples:
  $ transship backups --inventory inventory.yaml
  $ transship backups prod --repository offsite --inventory inventory.yaml
  $ transship backups prod --inventory inventory.yaml --json | jq -r '.sets[-1].set'

Exit codes: 0 listed, also when there is none, 16 a set cannot be believed, 2 wrong input, 130 interrupted.`;

type Options = StorageOptions & { repository?: string };

export function backups(context: Context): Command {
  return withStorageOptions(
    new Command('backups')
      .description('list the backup sets of a repository')
      .argument('[registry]', 'only those of this registry', nameText)
      .option('--repository <name>', 'repository of the inventory (default: its backups)', nameText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string | undefined, options: Options) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const sets = await tools.backups(options.repository ?? null, registry ?? null, { signal });
        view.end();
        if (sets.some(({ problems }) => problems.length > 0)) context.exit = 'damaged';
        if (options.json) printJson(context.io, { sets });
        else context.io.out(textOf(sets, Date.now()));
      });
    });
}

function textOf(sets: ListedSet[], nowMs: number): string {
  if (sets.length === 0) return 'no set\n';
  const ago = (time: string): string => formatDuration(Math.max(0, nowMs - Date.parse(time)));
  const table = textTable(
    ['SET', 'AGE', 'TAGS', 'SIZE', 'NEW', 'VERIFIED'],
    sets.map(({ set, taken, tags, bytes, newBytes, verified, problems }) =>
      problems.length > 0
        ? [set, ago(taken), '', '', '', 'cannot be']
        : [
            set,
            ago(taken),
            String(tags),
            formatBytes(bytes),
            formatBytes(newBytes),
            verified === null ? 'never' : `${ago(verified)} ago`,
          ],
    ),
    [2, 3, 4],
  );
  const problems = sets.flatMap(({ set, problems: found }) =>
    found.map((problem) => oneLine(`${set}: its manifest ${problem}`)),
  );
  return `${[table, ...(problems.length === 0 ? [] : ['', ...problems])].join('\n')}\n`;
}
