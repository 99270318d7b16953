// `transship doctor`: what is the matter with the world around Transship.

import { Command } from 'commander';
import type { StorageProbe } from '../../../contracts/storage.ts';
import { oneLine } from '../../../domain/text/plain-text.ts';
import { isNeeded, lackingRows } from '../../../domain/storage/probe.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from '../storage/run-on-storages.ts';
import { doctorRegistry } from './doctor-registry.ts';
import { textTable } from '../text-table.ts';

const AFTER_HELP = `
What happens:
  Everything that Transship and a registry want of a storage is tried for real: reading and listing right after writing, ranges,
  large objects in parts, copying on the server, conditional writes, checksums, odd characters and case in keys, the clock,
  the time of an answer. It is tried with small objects, and one of 17 MiB, in the folder .transship-probe/ of the storage,
  which no registry looks at; they are removed again. "limited" says what is missing and what Transship does instead.
  A migration needs the rows that are marked with *; the others cost time or make a proof weaker.

Examples:
  $ transship doctor storage s3-prod --inventory inventory.yaml
  $ transship doctor storage s3-prod --inventory inventory.yaml --json | jq -r '.rows[] | select(.verdict == "no") | .name'

Exit codes: 0 everything that a migration needs is there, 17 something is not, 1 the storage cannot be reached,
2 wrong input, 130 interrupted.`;

export function doctor(context: Context): Command {
  const storage = withStorageOptions(
    new Command('storage')
      .description('try what a storage can and cannot do')
      .argument('<name>', 'storage of the inventory'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (name: string, options: StorageOptions) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const probe = await tools.probe(name, { signal });
        view.end();
        const lacking = lackingRows(probe.rows);
        if (lacking.length > 0) context.exit = 'lacking';
        if (options.json) printJson(context.io, { ...probe, lacking: lacking.map((row) => row.name) });
        else context.io.out(probeText(probe, lacking));
      });
    });
  return new Command('doctor')
    .description('try what Transship depends on')
    .addCommand(storage)
    .addCommand(doctorRegistry(context));
}

function probeText({ describe, kind, rows }: StorageProbe, lacking: ReturnType<typeof lackingRows>): string {
  const table = textTable(
    ['', 'can', ''],
    rows.map((row) => [`${row.name}${isNeeded(row) ? ' *' : ''}`, row.verdict, oneLine(row.detail)]),
  );
  const end =
    lacking.length === 0
      ? ['Everything that a migration needs (*) is there.']
      : lacking.map((row) => `A migration needs "${row.name}": ${row.why}.`);
  return `${[`${describe} (${kind})`, table, end.join('\n')].join('\n\n')}\n`;
}
