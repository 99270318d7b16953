// What Temporal is told of an entry under `schedules`. The memo of the schedule says that it is ours; the memo of its action, which
// unlike the other can be changed later, says what was applied last, so that a change by hand is told from one of the inventory.

import {
  DAYS_OF_WEEK,
  MONTHS,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { scheduleId, TASK_QUEUE, WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { Overlap, ScheduledRunInput, ScheduleEntry } from '../../contracts/schedule.ts';
import { type CalendarTimes, parseCron, rangesOf } from '../../domain/calendar/cron.ts';

/** Key of both memos. */
export const MEMO = 'transship';
export type OursMemo = { schedule: string };
/** `pausedNote`: why the inventory had it paused then; null: it had not. */
export type AppliedMemo = { digest: string; pausedNote: string | null };

export const OVERLAP_POLICY = { skip: 'SKIP', wait: 'BUFFER_ONE' } as const satisfies Record<Overlap, string>;

export const noteOf = ({ paused, note }: ScheduleEntry): string | null => (paused ? (note ?? '') : null);

export const runInputOf = (
  name: string,
  { procedure, registry, overlap, catchUpMs, input }: ScheduleEntry,
): ScheduledRunInput => ({ schedule: name, procedure, registry, overlap, catchUpMs, input });

export type OurOptions = Omit<ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>, 'state'>;

export function optionsOf(name: string, entry: ScheduleEntry, digest: string): OurOptions {
  const ours: OursMemo = { schedule: name };
  const applied: AppliedMemo = { digest, pausedNote: noteOf(entry) };
  return {
    scheduleId: scheduleId(name),
    spec: specOf(entry),
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.scheduledRun,
      workflowId: scheduleId(name),
      taskQueue: TASK_QUEUE,
      args: [runInputOf(name, entry)],
      memo: { [MEMO]: applied },
      staticSummary: `${entry.procedure} ${entry.registry} (schedule ${name})`,
    },
    policies: {
      overlap: OVERLAP_POLICY[entry.overlap],
      catchupWindow: entry.catchUpMs,
      // A schedule that pauses itself is an outage that nobody sees.
      pauseOnFailure: false,
    },
    memo: { [MEMO]: ours },
  };
}

function specOf({ calendar, everyMs, timezone, jitterMs }: ScheduleEntry): ScheduleSpec {
  return {
    ...(calendar !== undefined && { calendars: [calendarOf(calendar)] }),
    ...(everyMs !== undefined && { intervals: [{ every: everyMs }] }),
    jitter: jitterMs,
    timezone,
  };
}

/** Numbers, because programs read expressions differently. */
function calendarOf(cron: string): NonNullable<ScheduleSpec['calendars']>[number] {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = calendarTimesOf(cron);
  return {
    minute: rangesOf(minute),
    hour: rangesOf(hour),
    dayOfMonth: rangesOf(dayOfMonth),
    month: rangesOf(month).map(({ start, end }) => ({ start: MONTHS[start - 1]!, end: MONTHS[end - 1]! })),
    dayOfWeek: rangesOf(dayOfWeek).map(({ start, end }) => ({
      start: DAYS_OF_WEEK[start]!,
      end: DAYS_OF_WEEK[end]!,
    })),
    comment: cron,
  };
}

/** Of an expression that the inventory's check has read. */
export function calendarTimesOf(cron: string): CalendarTimes {
  const times = parseCron(cron);
  if ('problem' in times) throw new TypeError(times.problem);
  return times;
}
