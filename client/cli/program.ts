// The whole command line as one tree of commands.

import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { backup } from './commands/backup.ts';
import { backups } from './commands/backups.ts';
import { cancel } from './commands/cancel.ts';
import { approve, reject } from './commands/decide.ts';
import { doctor } from './commands/doctor.ts';
import { iamPolicy } from './commands/iam-policy.ts';
import { inventory } from './commands/inventory.ts';
import { list } from './commands/list.ts';
import { migrate } from './commands/migrate.ts';
import { pause, resume } from './commands/pause.ts';
import { plan } from './commands/plan.ts';
import { restore } from './commands/restore.ts';
import { returnToPrevious } from './commands/return.ts';
import { schedules } from './commands/schedules.ts';
import { show } from './commands/show.ts';
import { status } from './commands/status.ts';
import { storage } from './commands/storage.ts';
import { traps } from './commands/traps.ts';
import { verify } from './commands/verify.ts';
import { watch } from './commands/watch.ts';
import { worker } from './commands/worker.ts';
import { workers } from './commands/workers.ts';
import type { Context } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';

const exitCodeLines = Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
  .join('\n');

const AFTER_HELP = `
A migration from the first look to the end:
  $ transship inventory check inventory.yaml          is every name, reference and form right?
  $ transship worker --inventory inventory.yaml       leave it running, e.g. as a service
  $ transship plan prod s3-prod --path best-practice  what would be done? the registry stays as it is
  $ transship migrate prod s3-prod --path best-practice
  $ transship show prod                               the whole plan, before you approve it
  $ transship approve prod --by you@example.com       in another terminal, when you are asked
  $ transship watch prod                              from anywhere, as often as you like
  $ transship list                                    what runs, and who waits for a person
  $ transship return prod                             later, if need be: back, with what was pushed since
  $ transship workers                                 who works, with which build and inventory

Backups, and whether they could be restored:
  $ transship backup prod                             metadata and content as one set; pushes go on
  $ transship backups prod --inventory inventory.yaml
  $ transship verify prod --deep "50 GiB"             the newest set, and a share of the content byte by byte
  $ transship restore prod --dry-run                  what would come back, and which tags would be lost?

Storages by themselves, without Temporal and without a registry:
  $ transship doctor storage s3-prod --inventory inventory.yaml              what can it do?
  $ transship doctor registry prod --to s3-prod --inventory inventory.yaml   what would stop a migration?
  $ transship iam-policy s3-prod --inventory inventory.yaml                  what must it permit?
  $ transship storage check prod-volume --for s3-prod --inventory inventory.yaml
  $ transship storage copy prod-volume s3-prod --inventory inventory.yaml

What runs by itself, as the inventory says under "schedules":
  $ transship schedules diff --inventory inventory.yaml    what would be changed in Temporal?
  $ transship schedules apply --inventory inventory.yaml
  $ transship schedules list                               when is what due, and is something late?

What is known of a version of DTR or MSR, and what goes wrong with it:
  $ transship traps 2.9.16

Temporal is found as by the temporal command: --profile or TEMPORAL_PROFILE of its configuration file,
TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or --address and --namespace.
Results go to stdout, progress and failures to stderr.

Exit codes:
${exitCodeLines}`;

export function createProgram(context: Context): Command {
  const program = new Command('transship')
    .version(packageJson.version)
    .description("Move a container registry's storage and back it up, as durable Temporal workflows")
    .addHelpText('after', AFTER_HELP);
  for (const command of [
    inventory(context),
    worker(),
    plan(context),
    migrate(context),
    returnToPrevious(context),
    backup(context),
    backups(context),
    verify(context),
    restore(context),
    show(context),
    approve(context),
    reject(context),
    list(context),
    status(context),
    watch(context),
    pause(context),
    resume(context),
    cancel(context),
    workers(context),
    schedules(context),
    storage(context),
    doctor(context),
    traps(context),
    iamPolicy(context),
  ])
    program.addCommand(command);
  for (const command of allCommands(program))
    command
      .exitOverride()
      .showHelpAfterError('(add --help for what it does and examples)')
      .configureOutput({
        writeOut: (text) => context.io.out(text),
        // With --json run-cli.ts says it, in one line.
        writeErr: (text) => {
          if (!context.json) context.io.err(text);
        },
        getOutHelpWidth: () => HELP_COLUMNS,
        getErrHelpWidth: () => HELP_COLUMNS,
      });
  return program;
}

/** Help looks the same everywhere, also in docs/reference/cli.md. */
const HELP_COLUMNS = 120;

/** The command itself and all below it, in the order of the help. */
export const allCommands = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap((sub) => allCommands(sub)),
];
