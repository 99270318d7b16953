#!/usr/bin/env node
// The command `transship`. Its modules are kept compiled, because compiling them takes longer than most commands do.

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { defaultCacheDir } from '../../worker/cache-dir.ts';

enableCompileCache(join(defaultCacheDir(process.env), 'compiled'));
const { processIo } = await import('./io.ts');
const { runCli } = await import('./run-cli.ts');

// The SDK of the worker would keep a process that cannot work alive.
process.exit(await runCli(process.argv.slice(2), processIo()));
