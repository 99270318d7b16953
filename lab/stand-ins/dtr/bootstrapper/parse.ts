// Reads the bootstrapper's arguments: flags, their variables, and the questions that it asks for what is missing.

import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import type { Flag } from './flags.ts';
import type { Log } from './log.ts';

export type Values = {
  /** undefined when neither flag nor variable is there; an empty text is a value (`--nfs-storage-url ""`). */
  text(name: string): string | undefined;
  isOn(name: string): boolean;
};

/** A mistake in the arguments; the message is the product's. */
export class UsageError extends Error {}

/** Reads `--flag value`, `--flag=value` and switches; what no flag names is taken from its variable. */
export function parseFlags(
  args: readonly string[],
  flags: readonly Flag[],
  env: Record<string, string>,
): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, env: variable } of flags) {
    const value = variable === '' ? undefined : env[variable];
    if (value !== undefined) values.set(name, value);
  }
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, , inline] = /^--?([a-z-]+)(=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) throw new UsageError(`Unexpected argument: ${arg}`);
    const flag = flags.find((flag) => flag.name === name);
    if (flag === undefined) throw new UsageError(`flag provided but not defined: -${name}`);
    const value = inline ?? (flag.isSwitch === true ? 'true' : rest.shift());
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`);
    values.set(name, value);
  }
  return values;
}

const QUESTIONS = [
  { name: 'ucp-url', question: 'ucp-url (The UCP URL including domain and port): ' },
  { name: 'ucp-username', question: 'ucp-username (The UCP administrator username): ' },
];

export type Terminal = { stdin: Readable; stderr: Writable; hasTty: boolean };

/** Asks for UCP's address and credentials where they are missing. Without a terminal that fails, as in the product. */
export async function completeValues(
  known: Map<string, string>,
  terminal: Terminal,
  log: Log,
): Promise<Values> {
  const values = new Map(known);
  for (const { name, question } of QUESTIONS) {
    if (values.has(name)) continue;
    const answer = await ask(terminal, question);
    if (answer === undefined) throw new UsageError('EOF');
    values.set(name, answer);
  }
  if (!values.has('ucp-password')) {
    terminal.stderr.write('ucp-password: ');
    const answer = terminal.hasTty ? await ask(terminal, '') : undefined;
    if (answer === undefined) {
      log.error('cannot prompt for a password because the container was not started in tty mode (-t)');
      throw new UsageError('Failed to read the UCP password');
    }
    values.set('ucp-password', answer);
  }
  return {
    text: (name) => values.get(name),
    isOn: (name) => !['', 'false', undefined].includes(values.get(name)),
  };
}

async function ask({ stdin, stderr, hasTty }: Terminal, question: string): Promise<string | undefined> {
  stderr.write(question);
  if (!hasTty) return undefined;
  const lines = createInterface({ input: stdin });
  try {
    return await new Promise((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
    });
  } finally {
    lines.close();
  }
}
