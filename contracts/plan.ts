// The plan that people approve: numbered steps with real values, each with its undo. Its digest covers all of it, so
// that an approval is an approval of exactly this.

import type { Binding } from './binding.ts';
import type { Finding } from './finding.ts';
import type { MigrationPath } from './names.ts';
import type { Phase } from './operation.ts';
import type { RegistryState, Switch } from './registry-activities.ts';
import type { DamageReport } from './storage-activities.ts';

/** The steps of both paths. A step is known by its id: the number is for display, and another in another plan. */
export type MigrationStepId =
  | 'pause-collection'
  | 'back-up-before'
  | 'copy'
  | 'open-window'
  | 'final-delta'
  | 'back-up-final'
  | 'prove'
  | 'take-down'
  | 'bring-up'
  | 'join'
  | 'switch-storage'
  | 'verify'
  | 'close-window'
  | 'collect-garbage'
  | 'resume-collection'
  | 'report';

/** What `transship doctor registry` finds. */
export type Examination = {
  registry: string;
  /** null: it could not be asked. */
  version: string | null;
  replicas: string[];
  /** For people; null: none was named. */
  destination: string | null;
  /** The worst first. */
  findings: Finding[];
};

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
  /** The calls and command lines of the undo, where it has some that a person could copy. */
  undoDoes?: string[];
  /** Does the registry refuse pushes while this step runs? */
  pushesRefused: boolean;
};

export type Plan = {
  path: MigrationPath;
  registry: string;
  version: string;
  /** What the documents say of this product and version: the row of its table that was chosen. */
  recipe: Recipe;
  product: ProductWords;
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
   * What was found at the source before anything was copied; the findings say what follows from it. Absent in plans of
   * Transship 0.1.
   */
  damage?: DamageReport;
  /** The worst first; none of them stops. */
  findings?: Finding[];
  /** In plans of Transship 0.1, instead of `findings`. */
  warnings?: string[];
  steps: PlanStep[];
  state: Pick<RegistryState, 'readOnly' | 'collection'>;
  /** What the names above meant in the inventory. Every step is refused by a worker for which they mean something else. */
  binding: Binding;
};

/** How the registry is told of the new storage, how of the old one again, and which document says so. */
export type Recipe = {
  switch: Switch;
  /** null: it cannot be told of the old storage again. */
  back: Switch | null;
  /** How it is told once it was brought up anew; null: it is brought up on the new storage. */
  afterBringUp: Switch | null;
  /** Garbage is listed before people are asked, and collected while pushes are refused; absent: neither. */
  collectsReadOnly?: boolean;
  source: string;
};

/** What a report says of the product, whichever it is. */
export type ProductWords = {
  /** Its name as people say it, before the version. */
  title: string;
  /** How a person sees whether the registry is read-only. */
  isReadOnly: string;
  /** How a person collects garbage later. */
  collectLater: string;
  /** What is to be done by hand after the registry was brought up anew. */
  afterBringUp: string[];
  /** Where its documents say what clients need that are redirected to the storage. */
  clientTrust: string;
  /** What of the old storage may be gone with the replicas that were taken down. */
  lostWithReplicas: string;
};
