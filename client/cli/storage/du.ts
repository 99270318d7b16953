// `transship storage du`: what fills a storage.

import { Command } from 'commander';
import type { StorageUsage, Usage } from '../../../contracts/storage.ts';
import { formatBytes } from '../../../domain/bytes.ts';
import { spelledOut } from '../../../domain/text/plain-text.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { wholeNumber } from '../options.ts';
import { count } from '../progress/task-lines.ts';
import { runOnStorages, type StorageOptions, withStorageOptions } from './run-on-storages.ts';
import { textTable } from '../text-table.ts';

const AFTER_HELP = `
What happens:
  The storage is listed once; no object is read, and memory stays flat for any number of objects. Objects and bytes are
  counted by what they are there for: blobs (layers, manifests, configurations), links of repositories to layers, links to
  manifests, tags, unfinished uploads, anything else. A repository's bytes are those of the layers that it links to; a
  layer of several repositories counts in each, and is stored once. DTR with online garbage collection keeps these links in
  its database: then repositories show none.

Examples:
  $ transship storage du prod-volume --inventory inventory.yaml
  $ transship storage du s3-prod --inventory inventory.yaml --json | jq .copied.bytes

Exit codes: 0 measured, 2 wrong input, 1 anything else.`;

const DEFAULT_MOST = 10;

export function du(context: Context): Command {
  return withStorageOptions(
    new Command('du')
      .description(
        'show what fills a storage: objects and bytes by class, the largest objects and repositories',
      )
      .argument('<name>', 'storage of the inventory')
      .option(
        '--most <number>',
        'so many of the largest objects and repositories',
        wholeNumber,
        DEFAULT_MOST,
      ),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (name: string, options: StorageOptions & { most: number }) => {
      await runOnStorages(context, options, async ({ tools, view, signal }) => {
        const usage = await tools.measure(name, options.most, {
          signal,
          onDetails: (now) => view.show({ doing: 'listing', ...now }),
        });
        view.end();
        if (options.json) printJson(context.io, usage);
        else context.io.out(usageText(usage));
      });
    });
}

function usageText(usage: StorageUsage): string {
  const sections = [
    usage.describe,
    textTable(
      ['', 'objects', 'bytes'],
      [
        ...Object.entries(usage.classes).map(([name, part]) => row(name, part)),
        row('all', usage.total),
        row('would be copied', usage.copied),
      ],
      [1, 2],
    ),
  ];
  if (usage.largest.length > 0)
    sections.push(
      textTable(
        ['largest objects', ''],
        usage.largest.map(({ key, size }) => [formatBytes(size), spelledOut(key)]),
        [0],
      ),
    );
  if (usage.largestRepositories.length > 0)
    sections.push(
      textTable(
        [`largest of ${count(usage.repositories)} repositories`, 'tags', 'manifests', 'layers', 'bytes'],
        usage.largestRepositories.map(({ repository, tags, manifests, layers, layerBytes }) => [
          spelledOut(repository),
          count(tags),
          count(manifests),
          count(layers),
          formatBytes(layerBytes),
        ]),
        [1, 2, 3, 4],
      ),
    );
  return `${sections.join('\n\n')}\n`;
}

const row = (name: string, { objects, bytes }: Usage): string[] => [name, count(objects), formatBytes(bytes)];
