#!/usr/bin/env node
// The worker as a process of its own: `node worker/main.ts --inventory FILE`.

import { TransshipError } from '../domain/transship-error.ts';
import { workerCommand } from './worker-command.ts';

try {
  await workerCommand('transship-worker').parseAsync();
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(
    `${JSON.stringify({ level: 'error', msg: 'the worker cannot go on', problem: message })}\n`,
  );
  process.exitCode = error instanceof TransshipError && error.type === 'InvalidInput' ? 2 : 1;
}
