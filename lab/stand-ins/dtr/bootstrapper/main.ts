// The bootstrapper's image as a function: arguments, environment and streams of the container in, exit status out.

import type { Readable, Writable } from 'node:stream';
import type { StandInConfig } from '../cluster.ts';
import { type Habits, habitsOf } from '../habits.ts';
import { versionRow } from '../versions.ts';
import { backup } from './backup.ts';
import { destroy, remove } from './destroy.ts';
import { flagsOf } from './flags.ts';
import type { CommandName, Flag } from './flags.ts';
import { install } from './install.ts';
import { join } from './join.ts';
import { openLog } from './log.ts';
import { UsageError, completeValues, parseFlags } from './parse.ts';
import { reconfigure } from './reconfigure.ts';
import { restore } from './restore.ts';
import { Fatal } from './run.ts';
import type { Run } from './run.ts';

export type Container = {
  config: StandInConfig;
  dtrDir: string;
  image: string;
  tag: string;
  args: string[];
  env: Record<string, string>;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  isInteractive: boolean;
  hasTty: boolean;
};

const COMMANDS: Partial<Record<string, (run: Run) => Promise<void>>> = {
  install,
  join,
  reconfigure,
  backup,
  restore,
  destroy,
  remove,
};
/** Their archive goes through stdin or stdout, which a terminal would spoil. */
const WITHOUT_TTY = ['backup', 'restore'];
const PARTS = [
  'api',
  'garant',
  'jobrunner',
  'nginx',
  'notary-server',
  'notary-signer',
  'postgres',
  'registry',
  'rethink',
];

export async function runBootstrapper(container: Container): Promise<number> {
  const { config, dtrDir, tag, stdin, stdout, stderr, isInteractive, hasTty } = container;
  const log = openLog(stderr);
  const [name = '', ...args] = container.args;
  try {
    if (name === '--version') return printLine(stdout, `dtr version ${tag}`);
    if (name === 'images') return printImages(container);
    const command = COMMANDS[name];
    if (command === undefined) throw new UsageError(`No help topic for '${name}'`);
    const flags = flagsOf(name as CommandName, tag);
    const known = parseFlags(args, flags, container.env);
    if (known.has('help') || known.has('help-extended'))
      return printLine(stdout, helpOf(name, shownFlags(flags, known, habitsOf(config))));
    if (WITHOUT_TTY.includes(name) && hasTty)
      throw new Fatal(
        "Failed to require no tty: Terminal mode detected. This command does not work in terminal mode. Please remove -t from the docker run command's arguments.",
      );
    const values = await completeValues(known, { stdin, stderr, hasTty }, log);
    await command({
      command: name as CommandName,
      config,
      dtrDir,
      tag,
      version: versionRow(tag, config.mode),
      values,
      stdin,
      stdout,
      isInteractive,
      hasTty,
      log,
    });
    return 0;
  } catch (error) {
    log.fatal(error instanceof Fatal || error instanceof UsageError ? error.message : String(error));
    return 1;
  }
}

/** The short help may leave flags out; the documents do not say of which (dtr-msr.md §1.1). */
const shownFlags = (flags: Flag[], known: Map<string, string>, { shortHelpHides }: Habits): Flag[] =>
  known.has('help-extended') ? flags : flags.filter(({ name }) => !shortHelpHides.includes(name));

/** As the library that prints it lays it out; the words of a flag may name other flags. */
const helpOf = (command: string, flags: Flag[]): string =>
  [
    `NAME:\n   dtr ${command}\n\nUSAGE:\n   dtr ${command} [command options] [arguments...]\n\nOPTIONS:`,
    ...flags.map(({ name, env, isSwitch, about = '' }) =>
      `   --${name}${isSwitch === true ? '' : ' value'}\t${about}${env === '' ? '' : ` [$${env}]`}`.trimEnd(),
    ),
  ].join('\n');

function printImages({ image, tag, stdout }: Container): number {
  const folder = image.split('/')[0] ?? '';
  return printLine(
    stdout,
    [`${image}:${tag}`, ...PARTS.map((part) => `${folder}/dtr-${part}:${tag}`)].join('\n'),
  );
}

function printLine(stdout: Writable, line: string): number {
  stdout.write(`${line}\n`);
  return 0;
}
