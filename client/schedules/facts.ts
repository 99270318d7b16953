// A schedule as a few texts that can be compared and shown, the same for what the inventory says and for what Temporal has.

import { createHash } from 'node:crypto';
import {
  type CalendarSpecDescription,
  DAYS_OF_WEEK,
  MONTHS,
  type ScheduleDescription,
} from '@temporalio/client';
import { scheduleId, TASK_QUEUE, WORKFLOW_TYPES } from '../../contracts/names.ts';
import type { ScheduleEntry } from '../../contracts/schedule.ts';
import { type CalendarTimes, cronText } from '../../domain/calendar/cron.ts';
import type { Timing } from '../../domain/calendar/times.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { durationText } from '../../domain/duration.ts';
import { calendarTimesOf, OVERLAP_POLICY, runInputOf } from './declare.ts';

export type Facts = Record<
  'when' | 'timezone' | 'jitter' | 'catchUp' | 'overlap' | 'limits' | 'starts' | 'input',
  string
>;

/** `limits`: what an inventory cannot say, and somebody may have set by hand. */
export function declaredFacts(name: string, entry: ScheduleEntry): Facts {
  const { calendar, everyMs, timezone, jitterMs, catchUpMs, overlap } = entry;
  return {
    when: calendar === undefined ? everyText(everyMs!, 0) : cronText(calendarTimesOf(calendar)),
    timezone,
    jitter: durationText(jitterMs),
    catchUp: durationText(catchUpMs),
    overlap: OVERLAP_POLICY[overlap],
    limits: 'none',
    starts: `${WORKFLOW_TYPES.scheduledRun} ${scheduleId(name)} on ${TASK_QUEUE}`,
    input: canonicalJson([runInputOf(name, entry)]),
  };
}

export function liveFacts({ spec, action, policies, state }: ScheduleDescription): Facts {
  const limits = {
    ...(spec.skip?.length && { skip: spec.skip.length }),
    ...(spec.startAt && { startAt: spec.startAt.toISOString() }),
    ...(spec.endAt && { endAt: spec.endAt.toISOString() }),
    ...(policies.pauseOnFailure && { pauseOnFailure: true }),
    ...(state.remainingActions !== undefined && { remainingActions: state.remainingActions }),
  };
  return {
    when: [
      ...(spec.calendars ?? []).map(calendarText),
      ...(spec.intervals ?? []).map(({ every, offset }) => everyText(every, offset)),
    ].join(' and '),
    timezone: spec.timezone || 'UTC',
    jitter: durationText(spec.jitter ?? 0),
    catchUp: durationText(policies.catchupWindow),
    overlap: policies.overlap ?? OVERLAP_POLICY.skip,
    limits: Object.keys(limits).length === 0 ? 'none' : canonicalJson(limits),
    starts: `${action.workflowType} ${action.workflowId} on ${action.taskQueue}`,
    input: canonicalJson(action.args),
  };
}

export const digestOf = (facts: Facts): string =>
  `sha256:${createHash('sha256').update(canonicalJson(facts)).digest('hex')}`;

/** When it is due; what is left out of that by hand (`limits`) is not known here. */
export const timingOf = ({ spec }: Pick<ScheduleDescription, 'spec'>): Timing => ({
  calendars: (spec.calendars ?? []).map(timesOf),
  everyMs: (spec.intervals ?? []).map(({ every }) => every),
  timezone: spec.timezone || 'UTC',
});

type Range = { start: number; end: number; step: number };

function timesOf({ minute, hour, dayOfMonth, month, dayOfWeek }: CalendarSpecDescription): CalendarTimes {
  return {
    minute: numbersOf(minute),
    hour: numbersOf(hour),
    dayOfMonth: numbersOf(dayOfMonth),
    month: numbersOf(numbered(month, MONTHS, 1)),
    dayOfWeek: numbersOf(numbered(dayOfWeek, DAYS_OF_WEEK)),
  };
}

const numbered = <Name>(
  ranges: { start: Name; end: Name; step: number }[],
  names: readonly Name[],
  first = 0,
): Range[] =>
  ranges.map(({ start, end, step }) => ({
    start: names.indexOf(start) + first,
    end: names.indexOf(end) + first,
    step,
  }));

function numbersOf(ranges: Range[]): number[] {
  const numbers = new Set<number>();
  for (const { start, end, step } of ranges)
    for (let number = start; number <= Math.max(start, end); number += Math.max(1, step)) numbers.add(number);
  return [...numbers].sort((a, b) => a - b);
}

function calendarText(calendar: CalendarSpecDescription): string {
  const seconds = numbersOf(calendar.second).join(',');
  const years = numbersOf(calendar.year).join(',');
  return [
    cronText(timesOf(calendar)),
    ...(seconds === '0' || seconds === '' ? [] : [`seconds ${seconds}`]),
    ...(years === '' ? [] : [`years ${years}`]),
  ].join(' ');
}

const everyText = (everyMs: number, offsetMs: number): string =>
  `every ${durationText(everyMs)}${offsetMs === 0 ? '' : ` from ${durationText(offsetMs)}`}`;
