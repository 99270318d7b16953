// `transship inventory import`: a registry's own configuration of its storage as a storage of the inventory. What it prints
// holds no secret; what it writes it was asked to.

import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { laidOut } from '../../../domain/text/plain-text.ts';
import { isMask } from '../../../domain/text/mask.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import {
  type ImportedSecret,
  type ImportedStorage,
  importStorage,
} from '../../../worker/inventory/import/import-storage.ts';
import { formatMistake, type LocatedMistake } from '../../../worker/inventory/mistake.ts';
import { readText, refusalOf } from '../../../worker/inventory/yaml-file.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';

const WHAT = 'the configuration';
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const AFTER_HELP = `
What happens:
  The file is what administrators upload under System > Storage (.yml, .yaml, .txt), or the whole configuration of a registry:
  its storage section becomes a storage of an inventory, printed to be pasted there. Nothing is connected.
  Secrets are never printed: a reference { env: NAME } takes the place of each, and stderr says what NAME has to hold. With
  --secrets-to each is written to a file of that folder that nobody else can read, and the reference is { file: PATH };
  a file that is there already is left alone and ends the command.
  What is ignored is named, with the reason. All mistakes are listed at once, as LINE:COLUMN PATH: PROBLEM.

Examples:
  $ transship inventory import storage.yml --name s3-prod
  $ transship inventory import storage.yml --name s3-prod --secrets-to secrets >> storages.yaml

Exit codes: 0 imported, 2 mistakes.`;

type Options = { name: string; secretsTo?: string; json?: boolean };

export function importCommand(context: Context): Command {
  return new Command('import')
    .description("make a storage of an inventory from a registry's own configuration")
    .argument('<file>', 'the configuration, or its storage section')
    .option('--name <name>', 'what the storage is to be called', storageName, 'imported')
    .option('--secrets-to <folder>', 'write the secrets to files of this folder')
    .option('--json', 'print {"storages", "secrets", "ignored", "remarks"} as JSON')
    .addHelpText('after', AFTER_HELP)
    .action(async (file: string, options: Options) => {
      const { name, secretsTo } = options;
      const fileOf = (field: string): string => path.resolve(secretsTo ?? '', `${name}-${field}`);
      const imported = importStorage(await readText(file, WHAT), (field) =>
        secretsTo === undefined ? { env: variableOf(name, field) } : { file: fileOf(field) },
      );
      if ('mistakes' in imported) throw refusalOf(file, WHAT, imported.mistakes);
      if (secretsTo !== undefined) await writeSecrets(file, imported.secrets, fileOf);
      if (options.json) printJson(context.io, asJson(name, imported));
      else {
        context.io.out(stringify({ storages: { [name]: imported.entry } }, { lineWidth: 0 }));
        context.io.err(notes(file, imported).join(''));
      }
    });
}

function storageName(value: string): string {
  if (NAME.test(value)) return value;
  throw new InvalidArgumentError(
    'It must have lower-case letters, digits, dots, dashes and underscores only.',
  );
}

/** `s3-prod` and `accesskey` → `S3_PROD_ACCESSKEY`. */
const variableOf = (name: string, field: string): string =>
  `${name}_${field}`
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '_')
    .replace(/^(?=\d)/, '_');

/** All or none: what would replace a file is found before the first is written. */
async function writeSecrets(
  file: string,
  secrets: ImportedSecret[],
  fileOf: (field: string) => string,
): Promise<void> {
  const masked = secrets.filter(({ value }) => isMask(value));
  if (masked.length > 0)
    throw refusalOf(
      file,
      WHAT,
      masked.map(({ at }) => ({ ...at, problem: 'is masked in this file, so there is nothing to write' })),
    );
  const targets = secrets.map(({ field, value }) => ({ target: fileOf(field), value }));
  const there: string[] = [];
  for (const { target } of targets)
    await access(target).then(
      () => there.push(target),
      () => undefined,
    );
  if (there.length > 0) throw unwritten(there.join(', '), 'there already, and left alone');
  for (const { target, value } of targets) {
    try {
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      await writeFile(target, value, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      throw unwritten(target, (error as NodeJS.ErrnoException).code ?? 'unknown error');
    }
  }
}

const unwritten = (files: string, why: string): TransshipError =>
  new TransshipError('InvalidInput', `the secrets cannot be written to ${files}: ${why}`);

function asJson(
  name: string,
  { entry, secrets, ignored, remarks }: ImportedStorage,
): Record<string, unknown> {
  return {
    storages: { [name]: entry },
    secrets: secrets.map(({ field, at }) => ({
      field,
      reference: entry[field],
      at: `${at.line}:${at.column} ${at.path}`,
    })),
    ignored: ignored.map(formatMistake),
    remarks: remarks.map(formatMistake),
  };
}

function notes(file: string, { entry, secrets, ignored, remarks }: ImportedStorage): string[] {
  const told: LocatedMistake[] = [
    ...secrets.map(({ field, at }) => ({
      ...at,
      problem: whereItIs(entry[field] as Record<string, string>),
    })),
    ...remarks,
    ...ignored,
  ];
  return told.map((one) => `${laidOut(`${file}:${formatMistake(one)}`)}\n`);
}

const whereItIs = (reference: Record<string, string>): string =>
  'env' in reference
    ? `not shown: set ${reference['env']} to it for every worker`
    : `written to ${reference['file']}`;
