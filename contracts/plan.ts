// The plan that people approve: numbered steps with real values, each with its undo. Its digest covers all of it, so
// that an approval is an approval of exactly this.

import type { MigrationPath } from './names.ts';
import type { Phase } from './operation.ts';
import type { RegistryState } from './registry-activities.ts';
import type { DamageReport } from './storage-activities.ts';

/** The steps of both paths. A step is known by its id: the number is for display, and another in another plan. */
export type MigrationStepId =
  | 'pause-collection'
  | 'back-up-before'
  | 'copy'
  | 'open-window'
  | 'final-delta'
  | 'back-up-final'
  | 'take-down'
  | 'bring-up'
  | 'join'
  | 'switch-storage'
  | 'verify'
  | 'close-window'
  | 'collect-garbage'
  | 'resume-collection'
  | 'report';

export type PlanStep = {
  id: MigrationStepId;
  number: number;
  /** What `status` shows as the phase while the step runs. */
  phase: Phase;
  title: string;
  /** What is done, with the real values: the call, the command line, the folder. Never a secret. */
  does: string[];
  /** What undoes it; `null` past the point of no return. */
  undo: string | null;
  /** Does the registry refuse pushes while this step runs? */
  pushesRefused: boolean;
};

export type Plan = {
  path: MigrationPath;
  registry: string;
  version: string;
  /** How the storage is switched: the row of the recipe table that was chosen, with its source. */
  recipe: { switch: StorageSwitch; source: string };
  source: { name: string; describe: string };
  destination: { name: string; describe: string };
  /** Size of the source when the plan was made. */
  expected: { objects: number; bytes: number; copySeconds: number };
  windowBudgetMs: number;
  /** How copied objects are proved at this destination; a weaker proof than `server` says why. */
  proof: string;
  replicas: string[];
  tags: { repositories: number; tags: number };
  /**
   * What was found at the source before anything was copied; the warnings say what follows from it. Absent in plans of
   * Transship 0.1.
   */
  damage?: DamageReport;
  warnings: string[];
  steps: PlanStep[];
  state: Pick<RegistryState, 'readOnly' | 'gcSchedules'>;
};

/**
 * How DTR is told that its content has moved (dtr-msr.md §7.3).
 * `reconfigure-storage-migrated`: `reconfigure --dtr-storage-volume … --storage-migrated` (2.6.4+; volumes).
 * `keep-metadata`: `PUT /api/v0/admin/settings/registry` with `keep_metadata: true` (2.6.6+; cloud storages).
 */
export type StorageSwitch = 'reconfigure-storage-migrated' | 'keep-metadata';
