// `transship storage copy`: one storage to another, with the engine and the proofs of a migration, without Temporal.

import { Command } from 'commander';
import type { CopyDetails, CopyOutcome } from '../../../contracts/storage.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import type { Context } from '../context.ts';
import { spelledOut } from '../../../domain/text/plain-text.ts';
import { printJson } from '../io.ts';
import { count, type TaskState } from '../progress/task-lines.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from './run-on-storages.ts';

const AFTER_HELP = `
What happens:
  What differs is listed and copied, each object with the strongest proof of its SHA-256 that the destination gives. Keys and
  bytes stay the same, so a registry starts on the copy. The destination must be empty, or filled from this source before;
  anything else is refused, and so is one that another copy or migration has claimed. An object whose bytes are not those that its key names is not copied and is named; the others
  go on. Nothing is removed at the destination without --delete.
  Work lists and results lie in the journal, in copies/<source>/<destination>: a copy that was interrupted goes on
  there, and then copies what changed meanwhile. The copy is that of a moment only if nobody writes to the source; use
  transship migrate to move a registry that is in use. The inventory's copying.concurrency holds, its bandwidth does not.

Examples:
  $ transship storage copy prod-volume s3-prod --inventory inventory.yaml
  $ transship storage copy prod-volume spare --delete --inventory inventory.yaml --json

Exit codes: 0 all is there, 16 objects were left out because they are damaged, or went away while they were copied, 1 it failed or the destination is not ours, 2 wrong input,
130 interrupted.`;

type Options = StorageOptions & { delete?: boolean; anyNumber?: boolean };
export function copy(context: Context): Command {
  return withStorageOptions(
    new Command('copy')
      .description('copy a storage to another with proof; goes on where it was interrupted')
      .argument('<source>', 'storage of the inventory')
      .argument('<destination>', 'storage of the inventory, empty or a copy of the source')
      .option('--delete', 'remove at the destination what the source no longer has')
      .option('--any-number', 'with --delete: also when that is a great part of the destination'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (source: string, destination: string, options: Options) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const request = {
          source,
          destination,
          remove: options.delete ?? false,
          removeAny: options.anyNumber ?? false,
        };
        const outcome = await tools.copy(request, {
          signal,
          onDetails: (details) => view.show(taskOf(details)),
        });
        view.end();
        if (outcome.damaged + outcome.vanished > 0) context.exit = 'damaged';
        if (options.json) printJson(context.io, outcome);
        else context.io.out(outcomeText(outcome));
      });
    });
}

const taskOf = ({ list, doneObjects, doneBytes }: CopyDetails): TaskState =>
  list === null
    ? { doing: 'listing', objects: 0, bytes: 0 }
    : {
        doing: 'copying',
        objects: doneObjects,
        ofObjects: list.copyObjects + list.removeObjects,
        bytes: doneBytes,
        ofBytes: list.copyBytes,
      };

function outcomeText(outcome: CopyOutcome): string {
  const proofs = Object.entries(outcome.proofs).map(([proof, objects]) => `${count(objects)} ${proof}`);
  const lines = [
    `${outcome.source} → ${outcome.destination}${outcome.resumed ? ', gone on where an earlier copy stopped' : ''}`,
    `  source   ${count(outcome.sourceObjects)} objects, ${formatBytes(outcome.sourceBytes)}`,
    `  copied   ${count(outcome.copiedObjects)} objects, ${formatBytes(outcome.copiedBytes)}`,
    `  proved   ${proofs.length === 0 ? 'nothing was to be copied' : proofs.join(', ')}`,
  ];
  if (outcome.removedObjects > 0) lines.push(`  removed  ${count(outcome.removedObjects)} objects`);
  if (outcome.vanished > 0)
    lines.push(`  gone     ${count(outcome.vanished)} objects went away each time they were to be copied`);
  if (outcome.damaged > 0)
    lines.push(
      `  damaged  ${count(outcome.damaged)} objects were not copied:`,
      ...outcome.examples.map(
        ({ key, expected, actual }) => `    ${spelledOut(key)}: ${actual} instead of ${expected}`,
      ),
    );
  lines.push(`  results  ${outcome.folder} in the journal`);
  return `${lines.join('\n')}\n`;
}
