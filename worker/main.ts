#!/usr/bin/env node
// The worker as a process of its own: `node worker/main.ts --inventory FILE`. It ends by itself: what the SDK has begun
// would keep a process that cannot work alive for ever, and whatever starts it again would wait for its end.

import { CommanderError } from 'commander';
import { exitCodeOf } from './start-failure.ts';
import { workerCommand } from './worker-command.ts';

try {
  await workerCommand('transship-worker').exitOverride().parseAsync();
  process.exit(0);
} catch (error) {
  // commander has said itself what was wrong; asking for help is no error.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  const { message } = error as Error;
  process.stderr.write(
    `${JSON.stringify({ level: 'error', msg: 'the worker cannot go on', problem: message })}\n`,
  );
  process.exit(exitCodeOf(error));
}
