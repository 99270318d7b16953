// `transship pause` and `transship resume`: hold an operation between its steps, and let it go on.

import { Command } from 'commander';
import { oneLine } from '../../../domain/text/plain-text.ts';
import type { PauseAnswer } from '../../../contracts/operation.ts';
import { pauseOrResume } from '../../operations.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { userHere } from '../user-here.ts';
import { withOperation } from '../with-operation.ts';

type Wish = 'pause' | 'resume';
type Options = TemporalOptions & { by?: string; reason?: string };

const WHAT_HAPPENS: Record<Wish, string> = {
  pause: `  No further step begins, and no further list of a pass. What runs is finished first, nothing is undone, and a question
  stays open: it may be answered, and expires as it would. It stays paused, whatever becomes of workers, until somebody
  resumes or cancels it. While the registry refuses pushes a pause is refused: the window has its budget and its way out.`,
  resume: `  The operation goes on where it stands. Before a window opens, what came in meanwhile is copied first, and the registry is
  looked at again.`,
};

const afterHelp = (wish: Wish): string => `
What happens:
${WHAT_HAPPENS[wish]}
  Who and why stands in status, watch, the audit trail and the report. If no worker answers within 3 s the wish is left in
  the history as a signal, and counts when a worker is back.

Examples:
  $ transship ${wish} prod${wish === 'pause' ? ' --reason "backup of the storage until six"' : ''}
  $ temporal workflow signal --workflow-id registry-prod --name ${wish} --input '{"by": "ops@example.com"}'

Exit codes: 0 done, 2 refused, 10 not found, 14 Temporal cannot be reached.`;

export const pause = (context: Context): Command => wishCommand('pause', context);
export const resume = (context: Context): Command => wishCommand('resume', context);

function wishCommand(wish: Wish, context: Context): Command {
  return withTemporalOptions(
    new Command(wish)
      .description(wish === 'pause' ? 'hold an operation between its steps' : 'let a paused operation go on')
      .argument('<subject>', 'registry, or workflow id of an operation', nameText)
      .option('--by <who>', 'who wants it (default: the user of this shell)', nameText)
      .option('--reason <text>', 'shown to everybody, and kept in the audit trail'),
  )
    .addHelpText('after', afterHelp(wish))
    .action(async (target: string, { by = userHere(), reason, json, ...options }: Options) => {
      const { io } = context;
      await withOperation(target, options, context, async (client, handle) => {
        const { workflowId } = handle;
        const request = { by, ...(reason !== undefined && { reason }) };
        const answer = await pauseOrResume(client, handle, wish, request);
        if (json) printJson(io, { workflowId, channel: answer ? 'update' : 'signal', ...answer });
        else io.out(`${oneLine(`${workflowId} ${wordsOf(wish, answer)}`)}\n`);
      });
    });
}

function wordsOf(wish: Wish, answer: PauseAnswer | null): string {
  if (answer === null) return `is asked to ${wish} as soon as a worker is back`;
  const { paused } = answer;
  if (paused === null) return 'is not paused';
  return `is paused since ${paused.at} by ${paused.by}${paused.reason === undefined ? '' : `: ${paused.reason}`}`;
}
