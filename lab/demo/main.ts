#!/usr/bin/env node
// `npm run demo`: a registry with real images is moved from a local volume to S3 by each path that its documents describe,
// with pushes going on and the worker killed twice on each. It fails unless everything is found again.

import { Command, Option } from 'commander';
import type { MigrationPath } from '../../contracts/names.ts';
import { cacheDir } from '../cache-dir.ts';
import type { ContentSize } from '../content/catalogue.ts';
import { labDown, labUp, reinstallRegistry } from '../estate/estate.ts';
import { CONTENT_CHOICES, REGISTRY_CHOICES, type RegistryChoice } from '../estate/lab-config.ts';
import { terminalProgress } from '../progress.ts';
import { runPath } from './run-path.ts';
import { type DemoRuns, failedRun, failuresOf, reasonOf, summarize } from './summary.ts';
import { join } from 'node:path';

type Options = {
  json?: boolean;
  keep?: boolean;
  registry: RegistryChoice;
  content: ContentSize;
  dir: string;
};

/** Those that each product's documents describe. */
const PATHS: Record<RegistryChoice, MigrationPath[]> = {
  dtr: ['read-only', 'best-practice'],
  distribution: ['read-only'],
};

const options = new Command('demo')
  .description('move a registry from a volume to S3 by its documented paths, and prove that nothing is lost')
  .option('--json', 'print one JSON object as the last line')
  .option('--keep', 'leave the lab running afterwards, to look around')
  .addOption(
    new Option('--registry <product>', 'the stand-in DTR, or the plain registry itself')
      .choices(REGISTRY_CHOICES)
      .default('dtr'),
  )
  .addOption(
    new Option('--content <size>', 'images in the registry').choices(CONTENT_CHOICES).default('medium'),
  )
  .option('--dir <folder>', 'folder of the lab, with the reports in its journal', join(cacheDir(), 'demo'))
  .parse()
  .opts<Options>();

const progress = terminalProgress();
const startedAtMs = Date.now();
const runs: DemoRuns = new Map();
const failures: string[] = [];
try {
  await labDown(options.dir);
  const lab = await labUp(
    {
      dir: options.dir,
      registry: options.registry,
      replicas: 3,
      storage: 'volume',
      content: options.content,
    },
    progress,
  );
  progress.say(`Watch it in Temporal's Web UI: ${lab.temporal.ui}`);
  for (const path of PATHS[options.registry]) {
    if (runs.size > 0) await reinstallRegistry(options.dir, {}, progress);
    progress.say(`Moving "${lab.registry.name}" to ${lab.destination} by the ${path} path`);
    // Without this path's result there is nothing to go on from: the next one starts on what it leaves behind.
    const run = await runPath({ dir: options.dir, path, progress }).catch(failedRun);
    runs.set(path, run);
    if (run.outcome === 'failed') break;
  }
} catch (error) {
  failures.push(`The lab: ${reasonOf(error)}`);
} finally {
  if (options.keep !== true)
    await labDown(options.dir, { keep: true }).catch((error: unknown) =>
      failures.push(`The lab does not stop: ${reasonOf(error)}`),
    );
}

const seconds = (Date.now() - startedAtMs) / 1000;
failures.push(...failuresOf(runs));
process.stdout.write(summarize(runs, failures, seconds));
if (options.json === true)
  process.stdout.write(
    `${JSON.stringify({ ok: failures.length === 0, failures, seconds, paths: Object.fromEntries(runs) })}\n`,
  );
process.exitCode = failures.length === 0 ? 0 : 1;
