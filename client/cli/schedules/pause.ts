// `transship schedules pause` and `transship schedules resume`: no further run begins, or they do again.

import { Command } from 'commander';
import { oneLine } from '../../../domain/text/plain-text.ts';
import { ourSchedule } from '../../schedules/reconcile.ts';
import { CliError } from '../cli-error.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { nameText, type TemporalOptions, withTemporalOptions } from '../options.ts';
import { userHere } from '../user-here.ts';

type Wish = 'pause' | 'resume';
type Options = TemporalOptions & { by?: string; reason?: string };

const afterHelp = (wish: Wish): string => `
What happens:
${
  wish === 'pause'
    ? `  No further run begins; one that runs goes on (hold that with transship pause). The reason stands in schedules list and in the
  Temporal UI, and schedules apply leaves it alone. Nothing is made up for afterwards.`
    : `  Runs begin again when they are due; what was due meanwhile is not made up for. Where the inventory says paused, the next
  schedules apply pauses it again.`
}

Examples:
  $ transship schedules ${wish} nightly${wish === 'pause' ? ' --reason "storage is being replaced until Friday"' : ''}

Exit codes: 0 done, 2 wrong usage, 10 there is no such schedule, 14 Temporal cannot be reached.`;

export const pauseSchedule = (context: Context): Command =>
  wishCommand('pause', context).requiredOption('--reason <text>', 'shown to everybody', nameText);
export const resumeSchedule = (context: Context): Command =>
  wishCommand('resume', context).option('--reason <text>', 'shown to everybody', nameText);

function wishCommand(wish: Wish, context: Context): Command {
  return withTemporalOptions(
    new Command(wish)
      .description(wish === 'pause' ? 'let no further run of a schedule begin' : 'let runs begin again')
      .argument('<schedule>', 'its name in the inventory', nameText)
      .option('--by <who>', 'who wants it (default: the user of this shell)', nameText),
  )
    .addHelpText('after', afterHelp(wish))
    .action(async (name: string, { by = userHere(), reason, json, ...options }: Options) => {
      const { io } = context;
      await withClient(options, io, async (client) => {
        const schedule = await ourSchedule(client, name);
        if (schedule === null)
          throw new CliError('notFound', `there is no schedule ${name} of Transship`, {
            advice: 'See which there are with transship schedules list.',
          });
        const note = [reason ?? 'resumed', `(${by})`].map(oneLine).join(' ');
        await (wish === 'pause' ? schedule.pause(note) : schedule.unpause(note));
        const paused = wish === 'pause' ? { note } : null;
        if (json) printJson(io, { schedule: name, paused });
        else io.out(`${oneLine(`${name} ${paused === null ? 'runs again' : `is paused: ${note}`}`)}\n`);
      });
    });
}
