// `transship plan`: the plan of a migration, without doing it.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import type { MigrationResult } from '../../../contracts/migration.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import { loadInventory } from '../../../worker/inventory/load.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { follow } from '../follow.ts';
import { printJson } from '../io.ts';
import { startMigration } from '../migrations.ts';
import { durationText, pathOption, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { createView } from '../progress/view.ts';
import { toCliError } from '../temporal-errors.ts';

const AFTER_HELP = `
What happens:
  The migration is started as a dry run: it looks at the registry and both storages, tries a small object at the
  destination and removes it, makes the plan with numbered steps and the undo of each, and ends. Nothing is changed and
  nobody is asked. The plan lies in the journal; with --inventory its text is printed, where this machine sees a
  journal of kind filesystem.

Examples:
  $ transship plan prod s3-prod
  $ transship plan prod s3-prod --path read-only --inventory inventory.yaml

Exit codes: 0 planned, 1 a finding of the preflight, 2 wrong input, 11 a migration of this registry is running.`;

type Options = TemporalOptions & { path: MigrationPath; window?: string; inventory?: string };

export function plan(context: Context): Command {
  return withTemporalOptions(
    new Command('plan')
      .description('make the plan of a migration and show it; nothing is changed')
      .argument('<registry>', 'registry of the inventory')
      .argument('<destination>', 'storage of the inventory that its content shall move to')
      .addOption(pathOption().default('best-practice'))
      .option('--window <duration>', 'budget of the maintenance window, e.g. 30m', durationText)
      .option('--inventory <file>', 'inventory whose journal of kind filesystem holds the text of the plan'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (registry: string, destination: string, options: Options) => {
      const { io } = context;
      await withClient(options, io, async (client) => {
        const handle = await startMigration(client, options.path, {
          registry,
          destination,
          dryRun: true,
          ...(options.window !== undefined && { window: { budget: options.window } }),
        });
        const view = createView({ ...io, out: (text) => io.err(text) }, options.json ?? false);
        const result = await follow(client, handle, view, io).catch((error: unknown) => {
          throw toCliError(error, handle.workflowId);
        });
        if (result === undefined) {
          context.exit = 'interrupted';
          return;
        }
        const text = options.inventory === undefined ? null : await planText(options.inventory, result.plan);
        if (options.json) printJson(io, { workflowId: handle.workflowId, ...result, text });
        else io.out(`${text ?? summary(result)}\n`);
      });
    });
}

const summary = (result: MigrationResult): string =>
  [
    `Plan for ${result.registry} to ${result.destination} (${result.path})`,
    `  tags    ${result.tagsBefore.tags} in ${result.tagsBefore.repositories} repositories`,
    `  digest  ${result.planDigest}`,
    `  text    ${result.plan} in the journal`,
  ].join('\n');

/** null if the journal is of another kind or lies on another machine. */
async function planText(inventoryFile: string, key: string): Promise<string | null> {
  const { journal, storages } = await loadInventory(inventoryFile);
  const storage = storages[journal];
  if (storage?.kind !== 'filesystem') return null;
  return readFile(path.join(storage.path, key), 'utf8').catch(() => null);
}
