// `transship schedules list`: when what is due, how it went last, and what needs somebody.

import { Command } from 'commander';
import { laidOut } from '../../../domain/text/plain-text.ts';
import { type ScheduleStanding, scheduleStandings } from '../../schedules/standing.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { type TemporalOptions, withTemporalOptions } from '../options.ts';
import { textTable } from '../text-table.ts';

const AFTER_HELP = `
What happens:
  Temporal is asked for the schedules that are Transship's; no inventory and no worker is needed. LAST is how the newest run ended:
  a run is skipped when another operation holds the registry, or nobody took it in time. SKIPPED counts runs that Temporal left
  out because an earlier one still ran, MISSED those that it could not begin in time; both since the schedule was created.
  Below the table stands what somebody should look at: a run that is late, was skipped, or failed.

Examples:
  $ transship schedules list
  $ transship schedules list --json | jq -r '.schedules[] | select(.attention != []).name'

Exit codes: 0 all is well, 14 Temporal cannot be reached, 19 something needs attention.`;

export function listSchedules(context: Context): Command {
  return withTemporalOptions(
    new Command('list').description('list the schedules, and what is late or failed'),
  )
    .addHelpText('after', AFTER_HELP)
    .action(async (options: TemporalOptions) => {
      await withClient(options, context.io, async (client) => {
        const schedules = await scheduleStandings(client, Date.now());
        if (schedules.some(({ attention }) => attention.length > 0)) context.exit = 'schedulesAmiss';
        if (options.json) printJson(context.io, { schedules });
        else context.io.out(schedules.length === 0 ? 'none\n' : textOf(schedules));
      });
    });
}

function textOf(schedules: ScheduleStanding[]): string {
  const table = textTable(
    ['SCHEDULE', 'DOES', 'WHEN', 'NEXT', 'LAST', 'SKIPPED', 'MISSED'],
    schedules.map(({ name, procedure, registry, when, timezone, paused, nextAt, last, skipped, missed }) => [
      name,
      `${procedure} ${registry}`,
      `${when} ${timezone}`,
      paused === null ? (nextAt ?? 'never') : 'paused',
      last === null ? 'none yet' : `${last.outcome} ${last.dueAt}`,
      `${skipped}`,
      `${missed}`,
    ]),
    [5, 6],
  );
  const notes = schedules.flatMap(({ name, paused, attention }) => [
    ...(paused === null ? [] : [`${name}  paused: ${paused.note}`]),
    ...attention.map((line) => `${name}  ${line}`),
  ]);
  return `${[table, ...(notes.length === 0 ? [] : ['', ...notes.map(laidOut)])].join('\n')}\n`;
}
