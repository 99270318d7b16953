// `transship storage verify`: proves a storage again.

import { Command } from 'commander';
import type { ObjectEvidence, EvidenceTotals } from '../../../contracts/storage.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import { addEvidence, noEvidence } from '../../../domain/storage/object-evidence.ts';
import { spelledOut, visibleJson } from '../../../domain/text/plain-text.ts';
import type { Context } from '../context.ts';
import { count } from '../progress/task-lines.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from './run-on-storages.ts';

const AFTER_HELP = `
What happens:
  Blobs and links have keys that name their content. Where the storage tells the SHA-256 of an object (S3, for what was
  written with checksums, as Transship does), that is compared, and no byte travels; a host hashes large objects where they
  lie; everything else is read and hashed here. --read reads every byte in any case, also where the storage vouches.
  Tags and blobs under ids of DTR have keys that do not tell: they are counted as unproved, or compared with the
  source by --against, which also finds what is missing. What only the storage has is counted as surplus.
  Each problem is a line on stdout; with --json an object a line, and the counts at the end. Nothing is changed.

Examples:
  $ transship storage verify s3-prod --inventory inventory.yaml
  $ transship storage verify s3-prod --against prod-volume --inventory inventory.yaml --json | tail -1

Exit codes: 0 everything that can be proved is, 16 wrong, missing or unreadable objects, 2 wrong input, 130 interrupted.`;

type Options = StorageOptions & { against?: string; read?: boolean };

export function verify(context: Context): Command {
  return withStorageOptions(
    new Command('verify')
      .description('prove that every object of a storage has the bytes that it should have')
      .argument('<name>', 'storage of the inventory')
      .option('--against <source>', 'storage that it is a copy of')
      .option('--read', 'read every byte, whatever the storage tells'),
    'print each problem, and the counts at the end, as one JSON object a line',
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (name: string, options: Options) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const totals = noEvidence();
        const report = (evidence: ObjectEvidence): void => {
          addEvidence(totals, evidence);
          if ('problem' in evidence)
            view.print(
              options.json
                ? `${visibleJson(evidence)}\n`
                : `${evidence.problem.padEnd(10)} ${spelledOut(evidence.key)}: ${spelledOut(evidence.detail)}\n`,
            );
          const { objects, bytes, problems } = totals;
          view.show({ doing: 'proving', objects, bytes, note: `${count(problems)} problems` });
        };
        await tools.verify(
          { storage: name, source: options.against ?? null, read: options.read ?? false },
          report,
          { signal },
        );
        view.end();
        if (totals.problems > 0) context.exit = 'damaged';
        if (options.json) context.io.out(`${JSON.stringify({ totals })}\n`);
        else context.io.out(totalsText(await tools.describe(name), totals, options.against));
      });
    });
}

function totalsText(describe: string, totals: EvidenceTotals, source: string | undefined): string {
  const { proved } = totals;
  const lines = [
    `${describe}: ${count(totals.objects)} objects, ${formatBytes(totals.bytes)}`,
    `  proved    ${count(proved.storage)} by the storage's own digest, ${count(proved.reading)} by reading${source === undefined ? '' : `, ${count(proved.source)} by comparing with ${source}`}`,
  ];
  if (totals.unproved > 0)
    lines.push(
      `  unproved  ${count(totals.unproved)}: their keys do not tell their content; compare with --against`,
    );
  if (totals.surplus > 0) lines.push(`  surplus   ${count(totals.surplus)} that ${source} does not have`);
  lines.push(`  problems  ${count(totals.problems)}`);
  return `${lines.join('\n')}\n`;
}
