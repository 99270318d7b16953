// `transship status`: what an operation does now, once.

import { Command } from 'commander';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import type { OperationStatus } from '../../../contracts/operation.ts';
import { lookAt } from '../../operations.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { attentionLines, statusLines } from '../progress/status-lines.ts';
import { withOperation } from '../with-operation.ts';

const AFTER_HELP = `
What happens:
  Temporal says whether the operation runs, and a worker says what it does and whom it waits for. Without a worker
  only the first is known ("status": null). "attention" is what keeps it from moving, as Temporal knows it: it or a step of
  it is paused, a step fails again and again, or no worker has the build that it stays with.

Examples:
  $ transship status prod
  $ transship status prod --json | jq .status.waitingFor

Exit codes: 0 it was found, however it stands, 10 not found, 14 Temporal cannot be reached.`;

export function status(context: Context): Command {
  return withTemporalOptions(
    new Command('status')
      .description('show what an operation does now and whom it waits for')
      .argument('<subject>', 'registry, or workflow id of an operation', nameText),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (target: string, options: TemporalOptions) => {
      const { io } = context;
      await withOperation(target, options, context, async (client, handle) => {
        const { workflowId, runId, execution, status, attention } = await lookAt(client, handle);
        if (options.json) printJson(io, { workflowId, runId, execution, status, attention });
        else
          io.out(
            `${[`${workflowId}  ${execution}`, ...linesOf(status), ...attentionLines(attention)].join('\n')}\n`,
          );
      });
    });
}

const linesOf = (answer: OperationStatus | null): string[] =>
  answer ? statusLines(answer, Date.now()) : ['no worker answers now, so no more is known'];
