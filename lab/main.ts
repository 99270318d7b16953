#!/usr/bin/env node
// `npm run lab -- up|status|down`: the lab for people. Standard output holds the answer alone, so that `--json` can be
// read by programs; what happens meanwhile goes to standard error.

import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultLabDir } from './cache-dir.ts';
import { type LabOptions, labDown, labStatus, type LabStatus, labUp } from './estate/estate.ts';
import {
  CONTENT_CHOICES,
  DEFAULT_CHOICES,
  MORE_STORAGES,
  type MoreStorage,
  REGISTRY_CHOICES,
  STORAGE_CHOICES,
} from './estate/lab-config.ts';
import { terminalProgress } from './progress.ts';

type Common = { dir: string; json?: boolean };
type UpOptions = Omit<LabOptions, 'destinations'> & Common & { destination?: MoreStorage[] };

const program = new Command('lab')
  .description(
    'a registry estate on this machine: Temporal, S3, three hosts, a registry with content, a worker',
  )
  .addHelpText(
    'after',
    `
Examples:
  $ npm run lab -- up --content medium
  $ npm run lab -- status --json
  $ npm run lab -- down`,
  );

withCommon(program.command('up'))
  .description('make the lab, or start what is missing of it')
  .addOption(
    new Option(
      '--registry <product>',
      `which registry: the stand-in DTR, or the plain registry itself (default: ${DEFAULT_CHOICES.registry})`,
    ).choices(REGISTRY_CHOICES),
  )
  .option('--version <version>', 'its version (default: 2.7.9 of DTR, 3 of Distribution)')
  .option('--replicas <1|3>', `replicas of the registry (default: ${DEFAULT_CHOICES.replicas})`, oneOrThree)
  .addOption(
    new Option(
      '--storage <kind>',
      `what the registry starts on (default: ${DEFAULT_CHOICES.storage})`,
    ).choices(STORAGE_CHOICES),
  )
  .addOption(
    new Option(
      '--destination <kinds...>',
      'further storages to migrate to, each with its servers (default: none beside S3 and a volume)',
    ).choices(MORE_STORAGES),
  )
  .addOption(
    new Option('--content <size>', `images in the registry (default: ${DEFAULT_CHOICES.content})`).choices(
      CONTENT_CHOICES,
    ),
  )
  .option('--no-worker', 'do not start a worker')
  .action(async ({ json, destination, ...options }: UpOptions) =>
    print(
      await labUp(
        { ...options, ...(destination === undefined ? {} : { destinations: destination }) },
        terminalProgress(),
      ),
      json,
    ),
  );

withCommon(program.command('status'))
  .description('say where everything is and what runs')
  .action(async ({ dir, json }: Common) => print(await labStatus(dir), json));

withCommon(program.command('down'))
  .description('end every process of the lab and remove its folder')
  .option('--keep', 'keep the folder: `up` then starts the same lab again')
  .action(async ({ dir, keep, json }: Common & { keep?: boolean }) => {
    const kept = keep === true;
    const ended = await labDown(dir, { keep: kept });
    const line = ended ? `ended the lab in ${dir}` : `there is no lab in ${dir}`;
    process.stdout.write(`${json === true ? JSON.stringify({ dir, ended, kept }) : line}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function withCommon(command: Command): Command {
  return command
    .option('--dir <folder>', 'folder of the lab', defaultLabDir())
    .option('--json', 'print the answer as JSON');
}

function oneOrThree(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new InvalidArgumentError('It must be 1 or 3.');
}

function print(status: LabStatus, json = false): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return;
  }
  const { temporal, registry, processes } = status;
  const lines = [
    `Temporal     ${temporal.address}   Web UI ${temporal.ui}`,
    `Registry     ${registry.host}   ${status.product}, called "${registry.name}" in the inventory`,
    `Login        ${registry.user} / ${registry.password}   CA ${registry.ca}`,
    `Destination  ${status.destination}`,
    `Inventory    ${status.inventory}`,
    'Processes',
    ...processes.map(({ name, pid, state }) => `  ${name.padEnd(28)} ${String(pid).padStart(7)}  ${state}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
