// How the schedules stand: when each is due, how its last run ended, and what of it needs somebody. Told by Temporal alone.

import type { Client, ScheduleDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { ScheduledRunInput, ScheduledRunResult } from '../../contracts/schedule.ts';
import { lastTime } from '../../domain/calendar/times.ts';
import { liveFacts, timingOf } from './facts.ts';
import { describe, ourNames } from './reconcile.ts';

/** Temporal begins a run within seconds of its time. */
const GRACE_MS = 120_000;

export type LastRun = {
  dueAt: string;
  workflowId: string;
  outcome: 'running' | 'done' | 'skipped' | 'failed' | 'unknown';
  /** Why it was skipped; null: nothing more is known. */
  because: string | null;
};

export type ScheduleStanding = {
  name: string;
  procedure: string;
  registry: string;
  when: string;
  timezone: string;
  paused: { note: string } | null;
  nextAt: string | null;
  last: LastRun | null;
  /** Since it was created: runs that Temporal left out because one still ran, and those that it could not begin in time. */
  skipped: number;
  missed: number;
  /** When a run was due that has not begun although none runs; null: none. */
  lateSince: string | null;
  /** What somebody should look at, in words; empty: all is well. */
  attention: string[];
};

export async function scheduleStandings(client: Client, nowMs: number): Promise<ScheduleStanding[]> {
  const standings: ScheduleStanding[] = [];
  for (const name of await ourNames(client)) {
    const live = await describe(client, name);
    if (live !== null) standings.push(standingOf(name, live, await lastRunOf(client, live), nowMs));
  }
  return standings;
}

function standingOf(
  name: string,
  live: ScheduleDescription,
  last: LastRun | null,
  nowMs: number,
): ScheduleStanding {
  const { when, timezone } = liveFacts(live);
  const { state, info, action } = live;
  const { procedure = '', registry = '' } = (action.args?.[0] ?? {}) as Partial<ScheduledRunInput>;
  const waiting = notBegun(live, nowMs);
  const isRunning = info.runningActions.length > 0;
  const late = isRunning ? null : waiting;
  return {
    name,
    procedure,
    registry,
    when,
    timezone,
    paused: state.paused ? { note: state.note ?? '' } : null,
    nextAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
    lateSince: late,
    attention: [
      ...(late === null ? [] : [`late: the run of ${late} has not begun`]),
      ...(isRunning && waiting !== null
        ? [`overlap: the run of ${waiting}, while an earlier one still runs`]
        : []),
      ...(last?.outcome === 'failed' ? [`failed: the run of ${last.dueAt}, ${last.workflowId}`] : []),
      ...(last?.outcome === 'skipped' ? [`skipped: the run of ${last.dueAt}, ${last.because}`] : []),
    ],
  };
}

/** The last time that it was due and nothing began; null: it is as it should be. */
function notBegun(live: ScheduleDescription, nowMs: number): string | null {
  const { info, spec, state } = live;
  if (state.paused) return null;
  const dueMs = lastTime(timingOf(live), nowMs - GRACE_MS - (spec.jitter ?? 0));
  const changedMs = (info.lastUpdatedAt ?? info.createdAt).getTime();
  const beganMs = info.recentActions.at(-1)?.takenAt.getTime() ?? changedMs;
  if (dueMs === undefined || dueMs <= Math.max(changedMs, beganMs)) return null;
  return new Date(dueMs).toISOString();
}

async function lastRunOf(client: Client, { info }: ScheduleDescription): Promise<LastRun | null> {
  const action = info.recentActions.at(-1);
  if (action === undefined) return null;
  const { workflowId, firstExecutionRunId } = action.action.workflow;
  const run = { dueAt: action.scheduledAt.toISOString(), workflowId, because: null };
  const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING' || status.name === 'PAUSED') return { ...run, outcome: 'running' };
    if (status.name !== 'COMPLETED') return { ...run, outcome: 'failed' };
    const result = (await handle.result()) as ScheduledRunResult;
    return result.outcome === 'skipped'
      ? { ...run, outcome: 'skipped', because: result.because }
      : { ...run, outcome: 'done' };
  } catch (error) {
    // Temporal keeps what has ended for a while only.
    if (error instanceof WorkflowNotFoundError) return { ...run, outcome: 'unknown' };
    throw error;
  }
}
