// The names that other people's tools, dashboards and runbooks use to reach Transship.
// They are a promise: a name here is never changed, only added to.

/** The task queue of every workflow, and of activities that any worker can do. */
export const TASK_QUEUE = 'transship';

/** The further task queue of workers that were started with `--bound-to <place>`: for storages that only they see. */
export const boundTaskQueue = (place: string): string => `${TASK_QUEUE}@${place}`;

export const WORKFLOW_TYPES = {
  bestPractice: 'bestPracticeMigration',
  readOnly: 'readOnlyMigration',
  copyPass: 'copyPass',
} as const;

/** The two documented ways to move a registry (S0, S1): the best practice and the alternative. */
export type MigrationPath = 'best-practice' | 'read-only';

export const MIGRATION_WORKFLOW_TYPE: Record<MigrationPath, string> = {
  'best-practice': WORKFLOW_TYPES.bestPractice,
  'read-only': WORKFLOW_TYPES.readOnly,
};

/** One running migration for each registry: the workflow id is the lock. */
export const migrationWorkflowId = (registry: string): string => `migrate-${registry}`;

export const SIGNALS = { approve: 'approve', reject: 'reject', passProgress: 'passProgress' } as const;
export const UPDATES = { decide: 'decide' } as const;
export const QUERIES = { status: 'status' } as const;

/** Search attributes that `transship` and the lab register; `KEYWORD` or `BOOL` as Temporal names them. */
export const SEARCH_ATTRIBUTES = {
  registry: { name: 'TransshipRegistry', type: 'KEYWORD' },
  path: { name: 'TransshipPath', type: 'KEYWORD' },
  phase: { name: 'TransshipPhase', type: 'KEYWORD' },
  needsApproval: { name: 'TransshipNeedsApproval', type: 'BOOL' },
} as const;
