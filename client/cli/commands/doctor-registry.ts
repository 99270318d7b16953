// `transship doctor registry`: the preflight of a migration by itself.

import { Command } from 'commander';
import type { Severity } from '../../../contracts/finding.ts';
import type { Examination } from '../../../contracts/plan.ts';
import { isStopping } from '../../../domain/finding.ts';
import { oneLine } from '../../../domain/text/plain-text.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { nameText } from '../options.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from '../storage/run-on-storages.ts';

const AFTER_HELP = `
What happens:
  The registry is asked for its version, the health of each replica and how old that is, its quorum, its tasks and schedules,
  and its storage; the storage is tried, and every host of the registry is looked at over SSH: clock, free room and inodes. With
  --to also the destination: each action that a migration needs, whether the registry's hosts reach it and trust its
  certificate (for NFS showmount -e and a trial mount), whether it is empty, and by which way it would be switched to. Nothing
  is changed but for objects in .transship-probe/, which are removed again. All findings are listed at once, each with what
  can be done: "stops" keeps a migration from its plan, "warning" stands in the plan, "note" is worth knowing.
  What needs the whole content is looked at by "storage check SOURCE --for DESTINATION" and by "transship plan".

Examples:
  $ transship doctor registry prod --inventory inventory.yaml
  $ transship doctor registry prod --to s3-prod --inventory inventory.yaml
  $ transship doctor registry prod --inventory inventory.yaml --json | jq -r '.findings[] | select(.severity == "stops") | .reason'

Exit codes: 0 nothing would stop a migration, 17 something would, 2 wrong input, 130 interrupted.`;

type Options = StorageOptions & { to?: string };

export function doctorRegistry(context: Context): Command {
  return withStorageOptions(
    new Command('registry')
      .description('look for what would stop a migration')
      .argument('<name>', 'registry of the inventory', nameText)
      .option('--to <destination>', 'storage of the inventory that it shall be moved to', nameText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (name: string, options: Options) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const found = await tools.examine(name, options.to ?? null, { signal });
        view.end();
        if (found.findings.some(isStopping)) context.exit = 'lacking';
        if (options.json) printJson(context.io, found);
        else context.io.out(examinationText(found));
      });
    });
}

const WORDS: Record<Severity, string> = { stops: 'stops', warns: 'warning', notes: 'note' };
const INDENT = 9;

function examinationText({ registry, version, replicas, destination, findings }: Examination): string {
  const stopping = findings.filter(isStopping).length;
  const lines = [
    oneLine(
      `${registry}${version === null ? '' : `, version ${version}`}, replicas ${replicas.join(', ')}${destination === null ? '' : `, to ${destination}`}`,
    ),
    '',
    ...findings.flatMap(({ severity, reason, remedy }) => [
      `${WORDS[severity].padEnd(INDENT)}${oneLine(reason)}`,
      `${' '.repeat(INDENT)}${oneLine(remedy)}`,
    ]),
    ...(findings.length === 0 ? [] : ['']),
    stopping === 0
      ? 'Nothing that was looked at would stop a migration.'
      : `${stopping} finding${stopping === 1 ? '' : 's'} would stop a migration.`,
  ];
  return `${lines.join('\n')}\n`;
}
