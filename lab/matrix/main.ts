#!/usr/bin/env node
// `npm run matrix`: carries out every cell of the matrix, a few labs side by side, and writes what each came to after each,
// so that it can be stopped and gone on with.

import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { inParallel } from '../content/in-parallel.ts';
import { terminalProgress } from '../progress.ts';
import { CELLS, type Cell, type CellResult, keyOf, type MatrixResults } from './cells.ts';
import { Labs } from './labs.ts';

const FIELDS = ['registry', 'version', 'path', 'from', 'to'] as const;
type Options = Partial<Record<(typeof FIELDS)[number], string>> & { labs: number; missing?: boolean };

const RESULTS = join(import.meta.dirname, '../../docs/reference/matrix.json');

const command = new Command('matrix').description(
  'move a registry of every version by each path between all storages; docs/reference/matrix.md shows it',
);
for (const field of FIELDS)
  command.addOption(
    new Option(`--${field} <${field}>`, 'only this one').choices([
      ...new Set(CELLS.map((cell) => cell[field])),
    ]),
  );
const options = command
  .option('--missing', 'only cells of which nothing is known yet')
  .addOption(new Option('--labs <number>', 'labs side by side').argParser(atLeastOne).default(2))
  .parse()
  .opts<Options>();

const progress = terminalProgress();
const results = JSON.parse(await readFile(RESULTS, 'utf8')) as MatrixResults;
const wanted = CELLS.filter(
  (cell) =>
    FIELDS.every((field) => options[field] === undefined || options[field] === cell[field]) &&
    !(options.missing === true && Object.hasOwn(results, keyOf(cell))),
);
const labs = new Labs();
const failures: string[] = [];
let done = 0;
try {
  await inParallel(wanted, options.labs, async (cell) => {
    const startedAtMs = Date.now();
    const result = await labs.carryOut(cell);
    const seconds = Math.round((Date.now() - startedAtMs) / 1000);
    const failed = typeof result === 'string';
    if (failed) failures.push(`${keyOf(cell)}: ${result}`);
    else keep(cell, result);
    progress.say(
      `${++done} of ${wanted.length}: ${keyOf(cell)}: ${failed ? `FAILED: ${result}` : result.outcome} (${seconds} s)`,
    );
  });
} finally {
  await labs.close();
}
process.stdout.write(
  `${wanted.length - failures.length} cells as they should be, ${failures.length} failed\n`,
);
process.stdout.write(failures.map((failure) => `${failure}\n`).join(''));
process.exitCode = failures.length === 0 ? 0 : 1;

/** At once, so that no two write at the same time. */
function keep(cell: Cell, result: CellResult): void {
  results[keyOf(cell)] = result;
  const known = Object.fromEntries(
    CELLS.map(keyOf).flatMap((key) => (results[key] === undefined ? [] : [[key, results[key]]])),
  );
  writeFileSync(`${RESULTS}.new`, `${JSON.stringify(known, null, 2)}\n`);
  renameSync(`${RESULTS}.new`, RESULTS);
}

function atLeastOne(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A number from 1.');
  return number;
}
