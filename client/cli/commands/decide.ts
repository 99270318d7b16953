// `transship approve` and `transship reject`: a person's decision on the question that is open.

import { Command } from 'commander';
import type { Client } from '@temporalio/client';
import type { DecideRequest } from '../../../contracts/operation.ts';
import { oneLine, plainLines } from '../../../domain/text/plain-text.ts';
import { decide, type Decided, type OperationHandle, planOf, statusOf } from '../../operations.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { stepText } from '../progress/status-lines.ts';
import { planLines } from '../started.ts';
import { withOperation } from '../with-operation.ts';

type Decision = DecideRequest['decision'];

const CONFIRMED_CHARACTERS = 6;

type Options = TemporalOptions & {
  by: string;
  question?: string;
  plan?: string;
  choice?: string;
  comment?: string;
};

const afterHelp = (decision: Decision): string => `
What happens:
  Without --question and --plan the operation is asked what it waits for, that is shown${decision === 'approve' ? ' with its plan' : ''}, and it is what you ${decision}.
${decision === 'approve' ? '  At a terminal you confirm it by the first characters of its digest. Elsewhere nobody reads what is shown: name both there.\n' : ''}  Name both in scripts, so that you ${decision} exactly what was read before: another question or plan is refused.
  ${
    decision === 'approve'
      ? 'The operation goes on at once.'
      : 'Nothing further is done, what was begun is undone, and the operation ends.'
  } The decision stands in the audit trail and the report. If no worker answers within 3 s
  the decision is left in the history as a signal, and counts when a worker is back.

Examples:
  $ transship ${decision} prod --by ops@example.com
  $ transship ${decision} prod --question window --plan sha256:… --by ops@example.com --comment "as agreed on Monday"
  $ temporal workflow signal --workflow-id registry-prod --name ${decision} \\
      --input '{"question": "plan", "planDigest": "sha256:…", "by": "ops@example.com"}'

Exit codes: 0 decided, 2 refused or nothing is waited for, 10 not found, 14 Temporal cannot be reached.`;

export const approve = (context: Context): Command => decisionCommand('approve', context);
export const reject = (context: Context): Command => decisionCommand('reject', context);

function decisionCommand(decision: Decision, context: Context): Command {
  return withTemporalOptions(
    new Command(decision)
      .description(`${decision} what an operation waits for`)
      .argument('<subject>', 'registry, or workflow id of an operation', nameText)
      .requiredOption('--by <who>', 'who decides, e.g. an e-mail address', nameText)
      .option('--question <id>', 'id of the question (default: the one that is open)')
      .option('--plan <digest>', 'digest of the plan (default: that of the open question)')
      .option('--choice <way>', 'which way to go, where the question asks that')
      .option('--comment <text>', 'kept in the audit trail'),
  )
    .addHelpText('after', afterHelp(decision))
    .action(async (target: string, options: Options) => {
      const { io } = context;
      await withOperation(target, options, context, async (client, handle) => {
        const { workflowId } = handle;
        const { by, choice, comment } = options;
        const asked = await askedOf(client, handle, decision, options, context);
        const request = {
          ...asked,
          by,
          decision,
          ...(choice !== undefined && { choice }),
          ...(comment !== undefined && { comment }),
        };
        const decided = await decide(client, handle, request);
        if (options.json) printJson(io, { workflowId, ...asked, ...decided });
        else io.out(`${oneLine(decidedText(decided, workflowId, decision))}\n`);
      });
    });
}

/** What is decided on: as given, else the question that is open. Half of it given must fit the other half. */
async function askedOf(
  client: Client,
  handle: OperationHandle,
  decision: Decision,
  { question, plan, choice }: Options,
  { io }: Context,
): Promise<Pick<DecideRequest, 'question' | 'planDigest'>> {
  if (question !== undefined && plan !== undefined) return { question, planDigest: plan };
  const status = await statusOf(client, handle);
  if (status === null)
    throw new CliError('failed', 'no worker answers, so it is not known what is waited for', {
      advice: 'Name --question and --plan, or start a worker.',
    });
  const { waitingFor } = status;
  if (waitingFor === null)
    throw new CliError(
      'invalidInput',
      `nothing waits for a decision now: ${status.phase}, ${stepText(status)}`,
    );
  const { id, planDigest, text, choices } = waitingFor;
  if ((question ?? id) !== id || (plan ?? planDigest) !== planDigest)
    throw new CliError('invalidInput', `what is waited for is question ${id} of plan ${planDigest}`);
  if (choices !== undefined && (choice === undefined || !choices.includes(choice)))
    throw new CliError('invalidInput', `question ${id} asks which way to go: ${plainLines(text)}`, {
      advice: `Approve it with --choice and one of: ${choices.join(', ')}.`,
    });
  const shown =
    decision === 'approve' && planDigest === status.planDigest ? await planOf(client, handle) : null;
  if (shown !== null) io.err(`${planLines(shown.text)}\n`);
  io.err(`${plainLines(text)}\n  question ${oneLine(id)}, plan ${oneLine(planDigest)}\n`);
  if (decision === 'approve' && (plan === undefined || question === undefined))
    await confirm(io, id, planDigest);
  return { question: id, planDigest };
}

/** Whoever sits at a terminal has read what was printed; a script names what somebody has read. */
async function confirm(io: Context['io'], question: string, digest: string): Promise<void> {
  const hex = digest.slice(digest.indexOf(':') + 1);
  const least = Math.min(CONFIRMED_CHARACTERS, hex.length);
  const asked = `Type at least ${least} characters of the digest's start, after "sha256:", to approve it: `;
  const answer = (await io.ask(asked))?.trim().replace(/^sha256:/, '');
  if (answer === undefined)
    throw new CliError('invalidInput', 'this is no terminal, so nobody has read that; nothing was decided', {
      advice: `If it is what you approve, name it: --question ${oneLine(question)} --plan ${oneLine(digest)}`,
    });
  if (answer.length >= least && hex.startsWith(answer)) return;
  throw new CliError(
    'invalidInput',
    answer.length < least && hex.startsWith(answer)
      ? `"${oneLine(answer)}" is too short; nothing was decided`
      : `"${oneLine(answer)}" is not how the digest begins; nothing was decided`,
  );
}

function decidedText(decided: Decided, workflowId: string, decision: Decision): string {
  if (decided.channel === 'update')
    return `${decided.question} of ${workflowId} is ${decided.outcome} by ${decided.by} at ${decided.at}`;
  return `no worker answers: "${decision} ${decided.question}" was left as a signal to ${workflowId} and counts when one is back`;
}
