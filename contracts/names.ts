// The names that other people's tools, dashboards and runbooks use to reach Transship.
// They are a promise: a name here is never changed, only added to.

import type { Subject } from './operation.ts';

/** The task queue of every workflow, and of activities that any worker can do. */
export const TASK_QUEUE = 'transship';

/** The further task queue of workers that were started with `--bound-to <place>`: for storages that only they see. */
export const boundTaskQueue = (boundTo: string): string => `${TASK_QUEUE}@${boundTo}`;

/**
 * Beside each of these queues one for the window and the way out, with slots of its own, so that copying never starves
 * them. Every worker takes both.
 */
export function windowTaskQueue(taskQueue: string): string {
  const [common, ...place] = taskQueue.split('@');
  return [`${common}-window`, ...place].join('@');
}

export const WORKFLOW_TYPES = {
  bestPractice: 'bestPracticeMigration',
  readOnly: 'readOnlyMigration',
  returnToPrevious: 'returnToPreviousStorage',
  copyPass: 'copyPass',
  backup: 'backupRegistry',
  verify: 'verifyBackup',
  restore: 'restoreRegistry',
  rehearse: 'rehearseRestore',
  prune: 'pruneBackups',
  scheduledRun: 'scheduledRun',
} as const;

/** Those that people start; the others are children of theirs. */
export const OPERATION_TYPES: readonly string[] = [
  WORKFLOW_TYPES.bestPractice,
  WORKFLOW_TYPES.readOnly,
  WORKFLOW_TYPES.returnToPrevious,
  WORKFLOW_TYPES.backup,
  WORKFLOW_TYPES.verify,
  WORKFLOW_TYPES.restore,
];

/** The two documented ways to move a registry (S0, S1): the best practice and the alternative. */
export type MigrationPath = 'best-practice' | 'read-only';

export const MIGRATION_WORKFLOW_TYPE: Record<MigrationPath, string> = {
  'best-practice': WORKFLOW_TYPES.bestPractice,
  'read-only': WORKFLOW_TYPES.readOnly,
};

/** One running operation for each subject: the workflow id is the lock. */
export const operationWorkflowId = ({ kind, name }: Subject): string => `${kind}-${name}`;

export const SIGNALS = { approve: 'approve', reject: 'reject', pause: 'pause', resume: 'resume' } as const;
export const UPDATES = { decide: 'decide', pause: 'pause', resume: 'resume' } as const;
/** What an operation says to the child that works for it; nobody else should. */
export const CHILD_SIGNALS = { hold: 'hold' } as const;
/** `status` and `plan` are answered by every operation, `progress` by the children that do long work for one. */
export const QUERIES = { status: 'status', plan: 'plan', progress: 'progress' } as const;

/** Search attributes that `transship` and the lab register; `KEYWORD` or `BOOL` as Temporal names them. */
export const SEARCH_ATTRIBUTES = {
  /** The kind of operation, e.g. `migration`. */
  operation: { name: 'TransshipOperation', type: 'KEYWORD' },
  /** Kind and name, as in the workflow id, e.g. `registry-prod`. */
  subject: { name: 'TransshipSubject', type: 'KEYWORD' },
  phase: { name: 'TransshipPhase', type: 'KEYWORD' },
  needsApproval: { name: 'TransshipNeedsApproval', type: 'BOOL' },
} as const;

/** Of the Temporal Schedule of an entry under `schedules`, and the beginning of the workflow ids of its runs. */
export const scheduleId = (name: string): string => `transship-${name}`;
