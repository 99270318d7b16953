// `transship schedules`: what runs by itself, from the inventory to Temporal.

import { Command } from 'commander';
import type { Context } from '../context.ts';
import { applySchedulesCommand, diffSchedulesCommand } from '../schedules/reconcile.ts';
import { pauseSchedule, resumeSchedule } from '../schedules/pause.ts';
import { listSchedules } from '../schedules/list.ts';

export function schedules(context: Context): Command {
  const command = new Command('schedules').description(
    'what runs by itself: show it, and make Temporal do what the inventory says',
  );
  for (const one of [
    diffSchedulesCommand,
    applySchedulesCommand,
    listSchedules,
    pauseSchedule,
    resumeSchedule,
  ])
    command.addCommand(one(context));
  return command;
}
