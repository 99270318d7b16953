// `transship workers`: who works, with which build and which inventory, and what waits for a build that nobody has.

import { Command } from 'commander';
import { currentBuild, runningOperations, type Stranded } from '../../../worker/stranded.ts';
import { findWorkers } from '../../../worker/find-workers.ts';
import type { FoundWorker } from '../../../contracts/worker-activities.ts';
import { TASK_QUEUE } from '../../../contracts/names.ts';
import { findingsOf, isThere } from '../../../domain/workers.ts';
import { oneLine } from '../../../domain/text/plain-text.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { type TemporalOptions, withTemporalOptions } from '../options.ts';
import { textTable } from '../text-table.ts';

const AFTER_HELP = `
What happens:
  Temporal is asked who takes work from the task queues, and which operations stay with which build. BUILD is a digest of a
  worker's sources and packages, INVENTORY one of its inventory. A worker that has ended is listed for some minutes more.
  Findings are what a migration would not begin with: workers of different inventories, or a task queue that nobody takes. An
  operation is stranded when no worker has its build; what helps is printed with it.

Examples:
  $ transship workers
  $ transship workers --json | jq -r '.stranded[].advice'

Exit codes: 0 all is well, 18 there are findings or stranded operations, 14 Temporal cannot be reached.`;

type Operation = { workflowId: string; build: string | null };

export function workers(context: Context): Command {
  return withTemporalOptions(
    new Command('workers').description('list the workers with their builds and inventories'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (options: TemporalOptions) => {
      const { io } = context;
      await withClient(options, io, async ({ workflowService, options: { namespace } }) => {
        const temporal = { workflowService, namespace };
        const listed = await findWorkers(temporal);
        const there = listed.filter((worker) => isThere(worker, Date.now()));
        const newBegin = await currentBuild(temporal);
        const { operations, stranded } = await runningOperations(temporal);
        const findings = findingsOf(there, [TASK_QUEUE]);
        if (findings.length > 0 || stranded.length > 0) context.exit = 'workersAmiss';
        if (options.json)
          printJson(io, { workers: listed, currentBuild: newBegin, operations, stranded, findings });
        else io.out(textOf(listed, newBegin, operations, stranded, findings));
      });
    });
}

function textOf(
  listed: FoundWorker[],
  newBegin: string | null,
  operations: Operation[],
  stranded: Stranded[],
  findings: string[],
): string {
  const workersTable = textTable(
    ['WORKER', 'BUILD', 'INVENTORY', 'LAST SEEN', 'TASK QUEUES'],
    listed.map(({ process, build, inventory, taskQueues, lastSeen }) => [
      process,
      `${build ?? 'unknown'}${build !== null && build === newBegin ? ' (new begin)' : ''}`,
      inventory ?? 'unknown',
      lastSeen.replace(/\.\d+Z$/, 'Z'),
      taskQueues.join(' '),
    ]),
  );
  const operationsTable = textTable(
    ['OPERATION', 'BUILD'],
    operations.map(({ workflowId, build }) => [workflowId, build ?? 'any']),
  );
  const parts = [
    listed.length === 0 ? 'no worker' : workersTable,
    ...(operations.length === 0 ? [] : [operationsTable]),
    ...findings.map((finding) => `finding  ${oneLine(finding)}`),
    ...stranded.map(
      ({ workflowId, build, advice }) =>
        `stranded  ${oneLine(workflowId)} stays with build ${build}, which no worker has.\n  ${advice}`,
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}
