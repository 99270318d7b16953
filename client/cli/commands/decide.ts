// `transship approve` and `transship reject`: a person's decision on the step that is waited for.

import { Command, Option } from 'commander';
import type { Client } from '@temporalio/client';
import type { ApprovalStep } from '../../../contracts/inventory.ts';
import type { DecideRequest } from '../../../contracts/migration.ts';
import { CliError } from '../cli-error.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { decide, type Decided, findMigration, type MigrationHandle, queryStatus } from '../migrations.ts';
import { type TemporalOptions, withTemporalOptions } from '../options.ts';
import { toCliError } from '../temporal-errors.ts';

const STEPS: readonly ApprovalStep[] = ['plan', 'window', 'damaged-blobs', 'garbage-collection'];

type Decision = DecideRequest['decision'];
type Options = TemporalOptions & { by: string; step?: ApprovalStep; plan?: string; comment?: string };

const afterHelp = (decision: Decision): string => `
What happens:
  Without --step and --plan the migration is asked what it waits for, that is shown, and it is what you ${decision}.
  In scripts name both, so that you ${decision} exactly what was read before: another step or another plan is refused.
  ${
    decision === 'approve'
      ? 'The migration goes on at once.'
      : 'Nothing further is done, what was begun is undone, and the migration ends.'
  } The decision stands in the audit trail and the report. If no worker answers within 3 s
  the decision is left in the history as a signal, and counts when a worker is back.

Examples:
  $ transship ${decision} prod --by ops@example.com
  $ transship ${decision} prod --step window --plan sha256:… --by ops@example.com --comment "as agreed on Monday"
  $ temporal workflow signal --workflow-id migrate-prod --name ${decision} \\
      --input '{"step": "plan", "planDigest": "sha256:…", "by": "ops@example.com"}'

Exit codes: 0 decided, 2 refused or nothing is waited for, 10 not found, 14 Temporal cannot be reached.`;

export const approve = (context: Context): Command => decisionCommand('approve', context);
export const reject = (context: Context): Command => decisionCommand('reject', context);

function decisionCommand(decision: Decision, context: Context): Command {
  return withTemporalOptions(
    new Command(decision)
      .description(`${decision} what a migration waits for`)
      .argument('<registry>', 'registry, or workflow id')
      .requiredOption('--by <who>', 'who decides, e.g. an e-mail address')
      .addOption(new Option('--step <step>', 'the step (default: the one that is waited for)').choices(STEPS))
      .option('--plan <digest>', 'digest of the plan (default: the one that is waited for)')
      .option('--comment <text>', 'kept in the audit trail'),
  )
    .addHelpText('after', afterHelp(decision))
    .action(async (target: string, options: Options) => {
      await withClient(options, context.io, async (client) => {
        const handle = findMigration(client, target);
        try {
          const { by, comment } = options;
          const subject = await subjectOf(client, handle, options, context);
          const request = { ...subject, by, decision, ...(comment !== undefined && { comment }) };
          const decided = await decide(client, handle, request);
          if (options.json) printJson(context.io, { workflowId: handle.workflowId, ...subject, ...decided });
          else context.io.out(`${decidedText(decided, handle.workflowId, decision)}\n`);
        } catch (error) {
          throw toCliError(error, handle.workflowId);
        }
      });
    });
}

/** What is decided on: as given, else what is waited for. Half of it given must fit the other half. */
async function subjectOf(
  client: Client,
  handle: MigrationHandle,
  { step, plan }: Options,
  { io }: Context,
): Promise<Pick<DecideRequest, 'step' | 'planDigest'>> {
  if (step !== undefined && plan !== undefined) return { step, planDigest: plan };
  const status = await queryStatus(client, handle);
  if (status === null)
    throw new CliError('failed', 'no worker answers, so it is not known what is waited for', {
      advice: 'Name --step and --plan, or start a worker.',
    });
  const { waitingFor } = status;
  if (waitingFor === null)
    throw new CliError('invalidInput', `nothing waits for a decision now: ${status.phase}, ${status.step}`);
  if (
    (step ?? waitingFor.step) !== waitingFor.step ||
    (plan ?? waitingFor.planDigest) !== waitingFor.planDigest
  )
    throw new CliError(
      'invalidInput',
      `the migration waits for step ${waitingFor.step} of plan ${waitingFor.planDigest}`,
    );
  io.err(`${waitingFor.question}\n  step ${waitingFor.step}, plan ${waitingFor.planDigest}\n`);
  return { step: waitingFor.step, planDigest: waitingFor.planDigest };
}

function decidedText(decided: Decided, workflowId: string, decision: Decision): string {
  if (decided.channel === 'update')
    return `${decided.step} of ${workflowId} is ${decided.outcome} by ${decided.by} at ${decided.at}`;
  return `no worker answers: "${decision} ${decided.step}" was left as a signal to ${workflowId} and counts when one is back`;
}
