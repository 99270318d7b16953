// `transship inventory`: every mistake of an inventory at once, with its line, and storages from elsewhere.

import { Command } from 'commander';
import { laidOut } from '../../../domain/text/plain-text.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { readInventory } from '../../../worker/inventory/load.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { importCommand } from './import-storage.ts';

const AFTER_HELP = `
What happens:
  The file is read and checked here; nothing is connected and no secret is resolved. All mistakes are listed at once,
  as LINE:COLUMN PATH: PROBLEM; so is what is no mistake and had better be known, e.g. http:// for a registry. For help while you type, let your editor use docs/reference/inventory.schema.json:
    # yaml-language-server: $schema=docs/reference/inventory.schema.json

Examples:
  $ transship inventory check inventory.yaml
  $ transship inventory check inventory.yaml --json

Exit codes: 0 no mistakes, 2 mistakes.`;

export function inventory(context: Context): Command {
  const check = new Command('check')
    .description('check an inventory file and list every mistake with its line')
    .argument('<file>', 'the inventory')
    .option('--json', 'print {"ok", "mistakes", "remarks"} as JSON')
    .addHelpText('after', AFTER_HELP)
    .action(async (file: string, options: { json?: boolean }) => {
      const { mistakes, remarks } = await checked(file);
      if (mistakes.length > 0) context.exit = 'invalidInput';
      if (options.json) printJson(context.io, { ok: mistakes.length === 0, mistakes, remarks });
      else if (mistakes.length === 0) context.io.out(`${linesOf(file, remarks)}${file} has no mistakes\n`);
      else context.io.out(linesOf(file, mistakes));
    });
  return new Command('inventory')
    .description('work with inventory files')
    .addCommand(check)
    .addCommand(importCommand(context));
}

const linesOf = (file: string, texts: string[]): string =>
  texts.map((text) => `${laidOut(`${file}:${text}`)}\n`).join('');

async function checked(file: string): Promise<{ mistakes: string[]; remarks: string[] }> {
  try {
    const { remarks } = await readInventory(file);
    return { mistakes: [], remarks };
  } catch (error) {
    if (error instanceof TransshipError && Array.isArray(error.details['mistakes']))
      return { mistakes: error.details['mistakes'], remarks: [] };
    throw error;
  }
}
