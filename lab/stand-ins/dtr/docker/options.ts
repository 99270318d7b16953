// Reads docker's options: `--name value`, `--name=value`, `-n value`, and several switches in one word (`-it`).

import { DockerError } from './errors.ts';

export type OptionTable = {
  /** Options with a value; a short form stands as its own entry. */
  valued: readonly string[];
  switches: readonly string[];
};

export type Options = {
  all(...names: string[]): string[];
  isOn(...names: string[]): boolean;
  rest: string[];
};

/** With `stopAtFirst` everything from the first argument that is no option belongs to `rest`, as in `docker run`. */
export function readOptions(args: readonly string[], table: OptionTable, stopAtFirst = false): Options {
  const found: { name: string; value: string }[] = [];
  const rest: string[] = [];
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    if (!arg.startsWith('-') || arg === '-') {
      rest.push(arg);
      if (stopAtFirst) rest.push(...left.splice(0));
      continue;
    }
    const [, name = arg, , inline] = /^(--[^=]+)(=(.*))?$/s.exec(arg) ?? [];
    if (table.valued.includes(name)) {
      const value = inline ?? left.shift();
      if (value === undefined) throw new DockerError(`flag needs an argument: ${name}`, 125);
      found.push({ name, value });
    } else if (table.switches.includes(name)) found.push({ name, value: inline ?? 'true' });
    else if (
      /^-[a-z]{2,}$/.test(arg) &&
      arg
        .slice(1)
        .split('')
        .every((letter) => table.switches.includes(`-${letter}`))
    )
      for (const letter of arg.slice(1).split('')) found.push({ name: `-${letter}`, value: 'true' });
    else throw new DockerError(`unknown ${name.startsWith('--') ? '' : 'shorthand '}flag: ${name}`, 125);
  }
  const all = (...names: string[]): string[] =>
    found.filter(({ name }) => names.includes(name)).map(({ value }) => value);
  return { all, isOn: (...names) => all(...names).some((value) => value !== 'false'), rest };
}
