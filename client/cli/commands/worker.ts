// `transship worker`: the worker in this process. Only here and in `inventory check`, `storage` and `doctor` does the command
// line reach into worker/, because these do themselves what a worker does.

import type { Command } from 'commander';
import { workerCommand } from '../../../worker/worker-command.ts';

export const worker = (): Command => workerCommand('worker');
