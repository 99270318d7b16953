#!/usr/bin/env node
// `npm run matrix`: carries out every cell of the matrix on the embedded lab, one after the other, and writes what each came to
// after each, so that it can be stopped and gone on with. Which of them have to be refused is the product's own say.

import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Command, Option } from 'commander';
import type { FailureType } from '../../contracts/failures.ts';
import { failuresOf } from '../demo/summary.ts';
import { runPath } from '../demo/run-path.ts';
import { labDown, labUp, reinstallRegistry } from '../estate/estate.ts';
import { DESTINATION, destinationName } from '../estate/inventory-file.ts';
import { terminalProgress } from '../progress.ts';
import {
  type Cell,
  CELLS,
  type CellResult,
  DESTINATIONS,
  keyOf,
  type MatrixResults,
  type MatrixStorage,
  PATHS,
  SOURCES,
  VERSIONS,
} from './cells.ts';

type Options = { version?: string; path?: string; from?: string; to?: string; missing?: boolean };

const RESULTS = join(import.meta.dirname, '../../docs/reference/matrix.json');
const REFUSED: FailureType = 'UnsupportedVersion';
const NAMES: Record<MatrixStorage, string> = {
  volume: 'volume-new',
  nfs: destinationName('nfs'),
  s3: DESTINATION,
};

const options = new Command('matrix')
  .description(
    'move a registry of every version by each path between all storages; docs/reference/matrix.md shows it',
  )
  .addOption(new Option('--version <version>', 'only this one').choices(VERSIONS))
  .addOption(new Option('--path <path>', 'only this one').choices(PATHS))
  .addOption(new Option('--from <storage>', 'only this one').choices(SOURCES))
  .addOption(new Option('--to <storage>', 'only this one').choices(DESTINATIONS))
  .option('--missing', 'only cells of which nothing is known yet')
  .parse()
  .opts<Options>();

const progress = terminalProgress();
const results = JSON.parse(await readFile(RESULTS, 'utf8')) as MatrixResults;
const wanted = CELLS.filter(
  (cell) =>
    (['version', 'path', 'from', 'to'] as const).every(
      (field) => options[field] === undefined || options[field] === cell[field],
    ) && !(options.missing === true && Object.hasOwn(results, keyOf(cell))),
);
const dir = await mkdtemp(join(tmpdir(), 'transship-matrix-'));
const failures: string[] = [];
try {
  for (const [index, cell] of wanted.entries()) {
    progress.say(`${index + 1} of ${wanted.length}: ${keyOf(cell)}`);
    const { version, from } = cell;
    if (index === 0)
      await labUp({
        dir,
        replicas: 1,
        version,
        storage: from,
        content: 'small',
        usualPorts: false,
        destinations: ['nfs'],
      });
    else await reinstallRegistry(dir, { version, storage: from });
    const result = await carryOut(cell);
    if (typeof result === 'string') failures.push(`${keyOf(cell)}: ${result}`);
    else await keep(cell, result);
    progress.say(`  ${typeof result === 'string' ? `FAILED: ${result}` : result.outcome}`);
  }
} finally {
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
}
process.stdout.write(
  `${wanted.length - failures.length} cells as they should be, ${failures.length} failed\n`,
);
process.stdout.write(failures.map((failure) => `${failure}\n`).join(''));
process.exitCode = failures.length === 0 ? 0 : 1;

/** A text: what was wrong with it. */
async function carryOut({ path, to }: Cell): Promise<CellResult | string> {
  try {
    const run = await runPath({ dir, path, destination: NAMES[to], progress });
    const wrong = failuresOf(new Map([[path, run]]));
    return wrong.length === 0 ? { outcome: 'moved', pushes: run.pushes.found } : wrong.join(' ');
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    if (cause instanceof ApplicationFailure && cause.type === REFUSED)
      return { outcome: 'refused', reason: cause.message };
    return error instanceof Error ? `${error.message}: ${String(cause)}` : String(error);
  }
}

async function keep(cell: Cell, result: CellResult): Promise<void> {
  results[keyOf(cell)] = result;
  const known = Object.fromEntries(
    CELLS.map(keyOf).flatMap((key) => (results[key] === undefined ? [] : [[key, results[key]]])),
  );
  await writeFile(`${RESULTS}.new`, `${JSON.stringify(known, null, 2)}\n`);
  await rename(`${RESULTS}.new`, RESULTS);
}
