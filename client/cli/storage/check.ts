// `transship storage check`: damage that registries are known to have.

import { Command } from 'commander';
import type { DamageReport } from '../../../contracts/storage-activities.ts';
import { damageRows, isDamaged, provedText } from '../../../domain/storage/damage.ts';
import { parseDuration } from '../../../domain/duration.ts';
import { spelledOut } from '../../../domain/text/plain-text.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { durationText } from '../options.ts';
import { count } from '../progress/task-lines.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from './run-on-storages.ts';

const AFTER_HELP = `
What happens:
  The storage is listed once and looked through for damage that registries are known to have: blobs without bytes, links
  to blobs that are gone, tags of manifests that are gone, links that are cut off, missing or shared segments (Swift),
  unfinished uploads, blobs under ids of DTR. Bytes that no digest of the storage vouches for are read for 30 seconds,
  small objects first, because whole images hang on them; then large blobs, a fair sample. The report says how many were
  compared. --read reads all of them. Nothing is changed. Every finding lies in the journal.
  With --for, also what that destination cannot take: objects over its limit, keys that differ only in case. It is tried with
  a small object that is removed again.

Examples:
  $ transship storage check prod-volume --inventory inventory.yaml
  $ transship storage check prod-volume --for s3-prod --read --inventory inventory.yaml
  $ transship storage check prod-volume --inventory inventory.yaml --json | jq .counts

Exit codes: 0 nothing is broken (unfinished uploads and blobs under ids are named and are no damage), 16 damage,
2 wrong input, 130 interrupted.`;

const DEFAULT_READ_FOR = '30s';

type Options = StorageOptions & { read?: boolean; readFor: string; for?: string };

export function check(context: Context): Command {
  return withStorageOptions(
    new Command('check')
      .description('look for damage that registries are known to have')
      .argument('<name>', 'storage of the inventory')
      .option('--for <destination>', 'storage that its content shall go to: also what that cannot take')
      .option('--read-for <duration>', 'read so long, e.g. 10m', durationText, DEFAULT_READ_FOR)
      .option('--read', 'read every byte that the storage does not vouch for, however long it takes'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (name: string, options: Options) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const report = await tools.check(
          {
            storage: name,
            destination: options.for ?? null,
            readForMs: options.read ? Number.POSITIVE_INFINITY : parseDuration(options.readFor)!,
          },
          {
            signal,
            onDetails: ({ objects, bytes, proved, findings }) =>
              view.show({
                doing: 'checking',
                objects,
                bytes,
                note: `${count(proved)} compared with their digests, ${count(findings)} findings`,
              }),
          },
        );
        view.end();
        if (isDamaged(report)) context.exit = 'damaged';
        if (options.json) printJson(context.io, report);
        else context.io.out(reportText(report, await tools.describe(name)));
      });
    });
}

function reportText(report: DamageReport, describe: string): string {
  const rows = damageRows(report);
  const lines = [describe, `${provedText(report)}.`];
  for (const { text, advice, examples, count: found } of rows) {
    lines.push('', text, ...examples.map(({ key, detail }) => `  ${spelledOut(key)}: ${spelledOut(detail)}`));
    if (found > examples.length && examples.length > 0) lines.push('  …');
    lines.push(`  ${advice}`);
  }
  lines.push('', rows.length === 0 ? 'No damage is known.' : `Every finding: ${report.key} in the journal.`);
  return `${lines.join('\n')}\n`;
}
