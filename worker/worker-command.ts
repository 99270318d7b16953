// The command that runs a worker, for `node worker/main.ts` and for `transship worker` alike.

import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultCacheDir } from './cache-dir.ts';
import { createRedactor } from './inventory/redactor.ts';
import { createLogger, LOG_LEVELS, type LogLevel } from './logger.ts';
import type { WorkerOptions } from './run-worker.ts';

const AFTER_HELP = `
What happens:
  The worker reads the inventory, connects to Temporal, registers its search attributes where it may, and works on the
  task queue until it gets SIGTERM or SIGINT. Then activities have 10 s to finish what they have in hand. It can be
  killed at any moment: another worker, or the same one started again, goes on where it stopped.
  Logs are JSON lines on stderr; "worker is ready" is the line to wait for, and says the build and a digest of the inventory.
  A migration stays with the build that it began with; new ones begin with the newest build that was started. Let workers of
  the old build run until transship workers shows no operation of theirs. Start every worker with the same inventory.

Examples:
  $ transship worker --inventory /etc/transship/inventory.yaml
  $ transship worker --inventory inventory.yaml --bound-to rack-2
  $ transship worker --inventory inventory.yaml --metrics 127.0.0.1:9464 --log-level debug

Exit codes: 0 it was told to end, 1 it cannot go on, 2 wrong usage, a bad inventory, no such bundle, profile or namespace, or the
port of the metrics is taken, 14 Temporal cannot be reached. A service manager may start it again after any of them.`;

type Parsed = Omit<WorkerOptions, 'env'> & { logLevel: LogLevel };

export function workerCommand(name: string): Command {
  return new Command(name)
    .description('run a worker: it does the work of every migration and is the only part that knows secrets')
    .requiredOption('--inventory <file>', 'inventory of registries, hosts and storages')
    .option(
      '--bound-to <place>',
      'also do the work on storages that only this machine sees: those with this `boundTo` in the inventory',
    )
    .option('--bundle <file>', 'workflow bundle that was built ahead (default: built once and cached)')
    .option(
      '--cache-dir <folder>',
      'where built bundles are kept (default: $TRANSSHIP_CACHE or ~/.cache/transship)',
    )
    .option(
      '--metrics <host:port>',
      'serve Prometheus metrics there, e.g. 127.0.0.1:9464 (default: off)',
      hostAndPort,
    )
    .addOption(
      new Option('--log-level <level>', 'least level that is logged').choices(LOG_LEVELS).default('info'),
    )
    .option(
      '--no-versioning',
      'for a Temporal without Worker Versioning: any build goes on with any operation',
    )
    .option('--address <host:port>', 'Temporal server (default: the profile)')
    .option('--namespace <name>', 'Temporal namespace (default: the profile)')
    .option('--profile <name>', 'profile of the Temporal configuration file (default: default)')
    .addHelpText('after', AFTER_HELP)
    .action(async (options: Parsed) => {
      const { logLevel, ...rest } = options;
      const redactor = createRedactor();
      const logger = createLogger(logLevel, redactor);
      // The compile cache halves the time until a restarted worker works.
      enableCompileCache(path.join(rest.cacheDir ?? defaultCacheDir(process.env), 'compiled'));
      // Imported here, because the SDK takes a good part of a second and `--help` does not need it.
      const { runWorker } = await import('./run-worker.ts');
      // Without this Node would print what was thrown as it is, with whatever it holds.
      process.once('uncaughtException', (error) => {
        logger.error('the worker ends on an unexpected error', { error });
        process.exit(1);
      });
      try {
        await runWorker({ ...rest, env: process.env }, logger, redactor);
      } catch (error) {
        if (error instanceof Error) error.message = redactor.redact(error.message);
        throw error;
      }
    });
}

function hostAndPort(value: string): string {
  if (/^[^\s:]+:\d{1,5}$/.test(value)) return value;
  throw new InvalidArgumentError('It must be HOST:PORT.');
}
