// What runs by itself: entries of the inventory under `schedules`, and the workflow that a Temporal Schedule starts for them.

import { WORKFLOW_TYPES } from './names.ts';

/** What a schedule can start, each an operation on a registry: its workflow type, and its kind as `transship list` shows it. */
export const PROCEDURES = {
  backup: { workflowType: WORKFLOW_TYPES.backup, kind: 'backup' },
  verify: { workflowType: WORKFLOW_TYPES.verify, kind: 'verification' },
  rehearse: { workflowType: WORKFLOW_TYPES.rehearse, kind: 'rehearsal' },
  prune: { workflowType: WORKFLOW_TYPES.prune, kind: 'pruning' },
} as const;

export type Procedure = keyof typeof PROCEDURES;

/** What becomes of a run while another operation holds the registry: it is left out, or waits as long as it may be late. */
export type Overlap = 'skip' | 'wait';

export type ScheduleEntry = {
  procedure: Procedure;
  registry: string;
  /** Five fields, as in a crontab; exactly one of `calendar` and `everyMs` is there. */
  calendar?: string;
  everyMs?: number;
  /** IANA name of the zone of `calendar`. */
  timezone: string;
  /** Each run begins up to this much later, by chance. */
  jitterMs: number;
  /** How late a run may begin, whatever kept it: Temporal that was away, or, with `wait`, another operation. */
  catchUpMs: number;
  overlap: Overlap;
  paused: boolean;
  /** Why it is paused. */
  note?: string;
  /** What the operation is told beside the registry's name. JSON. */
  input: Record<string, unknown>;
};

/** Input of `scheduledRun`. */
export type ScheduledRunInput = Pick<
  ScheduleEntry,
  'procedure' | 'registry' | 'catchUpMs' | 'overlap' | 'input'
> & { schedule: string };

/** Ended well, or was never begun; an operation that fails fails its `scheduledRun`. */
export type ScheduledRunResult = { workflowId: string } & (
  | { outcome: 'done'; result: unknown }
  | { outcome: 'skipped'; because: string }
);
