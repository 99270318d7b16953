// `transship plan`: the plan of a migration, without doing it.

import { Command } from 'commander';
import type { MigrationResult } from '../../../contracts/migration.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import { laidOut } from '../../../domain/text/plain-text.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { followInView } from '../follow.ts';
import { printJson } from '../io.ts';
import { durationText, nameText, pathOption, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { createView } from '../progress/view.ts';
import { startMigration } from '../start-migration.ts';

const AFTER_HELP = `
What happens:
  The migration is started as a dry run: it looks at the registry and both storages, tries a small object at the
  destination and removes it, makes the plan with numbered steps and the undo of each, and ends. Nothing is changed and
  nobody is asked. The plan lies in the journal; with --inventory it is read there and printed.

Examples:
  $ transship plan prod s3-prod
  $ transship plan prod s3-prod --path read-only --inventory inventory.yaml

Exit codes: 0 planned, 1 a finding of the preflight, 2 wrong input, 11 an operation on this registry is running.`;

type Options = TemporalOptions & { path: MigrationPath; window?: string; inventory?: string };

export function plan(context: Context): Command {
  return withTemporalOptions(
    new Command('plan')
      .description('make the plan of a migration and show it; nothing is changed')
      .argument('<registry>', 'registry of the inventory', nameText)
      .argument('<destination>', 'storage of the inventory that its content shall move to', nameText)
      .addOption(pathOption().default('best-practice'))
      .option('--window <duration>', 'budget of the maintenance window, e.g. 30m', durationText)
      .option('--inventory <file>', 'inventory whose journal holds the plan; its secrets are read here'),
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
        const ended = await followInView(client, handle, view, io);
        if (ended === undefined) {
          context.exit = 'interrupted';
          return;
        }
        const { result } = ended;
        const text =
          options.inventory === undefined ? null : await planText(options.inventory, io.env, result.plan);
        if (options.json) printJson(io, { workflowId: handle.workflowId, ...result, text });
        else io.out(`${(text ?? summary(result)).split('\n').map(laidOut).join('\n')}\n`);
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

async function planText(inventoryFile: string, env: NodeJS.ProcessEnv, key: string): Promise<string> {
  // Imported here, because the clients of all the services take a good part of a second and `--help` does not need them.
  const { withStorageTools } = await import('../../../worker/storage-tools.ts');
  return await withStorageTools(inventoryFile, env, (tools) => tools.readJournal(key));
}
