// `transship worker`: the worker in this process. Only here and in `inventory check` does the command line reach into
// worker/, because these two are the worker's own commands.

import type { Command } from 'commander';
import { workerCommand } from '../../../worker/worker-command.ts';

export const worker = (): Command => workerCommand('worker');
