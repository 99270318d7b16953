// `transship storage diff`: what is different between two storages.

import { Command } from 'commander';
import type { Difference, DifferenceOp } from '../../../contracts/storage.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import { DIFFERENCE_MEANING } from '../../../domain/storage/difference.ts';
import { spelledOut, visibleJson } from '../../../domain/text/plain-text.ts';
import type { Context } from '../context.ts';
import { count } from '../progress/task-lines.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from './run-on-storages.ts';

const AFTER_HELP = `
What happens:
  Both storages are listed and merged; memory stays flat for any number of objects. Each key that is not the same gets a
  line, in the order of the keys, with the letters that rclone check uses:
    = the same (only with --all)    - missing at the source    + missing at the destination
    * different                     ! could not be compared
  Objects of different size are different. Of equal size they are compared by the digests that the listings tell; a key
  that names its digest (blobs, links) is the same where sizes agree, because nothing is copied there without proof
  (transship storage verify proves it again); all others are read, or hashed where they lie. With --json each line is an
  object whose "by" says how it was compared: "bytes", "digest", "name" or "size"; the last one holds the counts.
  Unfinished uploads are no part of it. Nothing is changed.

Examples:
  $ transship storage diff prod-volume s3-prod --inventory inventory.yaml
  $ transship storage diff prod-volume s3-prod --inventory inventory.yaml --json | jq -r 'select(.op == "+") | .key'

Exit codes: 0 the same, 15 different or not to be compared, 2 wrong input, 130 interrupted.`;

type Options = StorageOptions & { all?: boolean };
type Counts = Record<DifferenceOp, { objects: number; bytes: number }>;

const OPS = Object.keys(DIFFERENCE_MEANING) as DifferenceOp[];

export function diff(context: Context): Command {
  return withStorageOptions(
    new Command('diff')
      .description('compare two storages and list every key that is not the same')
      .argument('<source>', 'storage of the inventory')
      .argument('<destination>', 'storage of the inventory')
      .option('--all', 'also list what is the same'),
    'print each line, and the counts at the end, as one JSON object a line',
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (source: string, destination: string, options: Options) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const counts = Object.fromEntries(OPS.map((op) => [op, { objects: 0, bytes: 0 }])) as Counts;
        for await (const one of tools.compare(source, destination, { signal })) {
          counts[one.op].objects += 1;
          counts[one.op].bytes += one.size;
          if (one.op !== '=' || options.all) view.print(options.json ? `${visibleJson(one)}\n` : line(one));
          view.show({ doing: 'comparing', ...total(counts), note: countsText(counts) });
        }
        view.end();
        if (OPS.some((op) => op !== '=' && counts[op].objects > 0)) context.exit = 'different';
        if (options.json) context.io.out(`${JSON.stringify({ counts })}\n`);
        else
          context.io.out(
            OPS.map(
              (op) =>
                `${op} ${count(counts[op].objects)} ${DIFFERENCE_MEANING[op]}, ${formatBytes(counts[op].bytes)}\n`,
            ).join(''),
          );
      });
    });
}

function line(one: Difference): string {
  const key = spelledOut(one.key);
  if (one.op === '!') return `! ${key}: ${spelledOut(one.problem)}\n`;
  if (one.op === '*' && one.by === 'size')
    return `* ${key}  ${one.size} bytes, ${one.sizeAtDestination} at the destination\n`;
  return `${one.op} ${key}\n`;
}

const total = (counts: Counts): { objects: number; bytes: number } =>
  OPS.reduce(
    (sum, op) => ({ objects: sum.objects + counts[op].objects, bytes: sum.bytes + counts[op].bytes }),
    { objects: 0, bytes: 0 },
  );

const countsText = (counts: Counts): string =>
  OPS.filter((op) => counts[op].objects > 0)
    .map((op) => `${op} ${count(counts[op].objects)}`)
    .join('  ');
