// Everything that the steps of a migration work with and add to.

import type {
  MigrationDetails,
  MigrationResult,
  MigrationTopic,
  PassSummary,
} from '../../contracts/migration.ts';
import type { MigrationStepId } from '../../contracts/plan.ts';
import type { MigrationSubject, SealedPlan } from '../../contracts/record-activities.ts';
import type {
  Canary,
  Closure,
  MetadataBackup,
  RegistryState,
  ReplicaAnswer,
  SavedSetting,
  TagComparison,
  TagSnapshot,
  Verification,
} from '../../contracts/registry-activities.ts';
import type { ListedDamage } from '../../contracts/storage-activities.ts';
import type { ApprovalGate } from '../operation/approval-gate.ts';
import type { Pauses } from '../operation/pauses.ts';
import type { StatusBoard } from '../operation/status-board.ts';

export type Migration = {
  subject: MigrationSubject;
  state: RegistryState;
  plan: SealedPlan;
  board: StatusBoard<MigrationDetails>;
  approvals: ApprovalGate<MigrationTopic>;
  pauses: Pauses;
  tagsBefore: TagSnapshot;
  /** When pushes had stopped: what the new storage must serve. */
  tagsFinal: TagSnapshot | null;
  tagsAfter: TagSnapshot | null;
  tagsSinceBackup: TagComparison | null;
  passes: PassSummary[];
  backups: MetadataBackup[];
  refusedPushes: ReplicaAnswer[];
  verification: Verification | null;
  garbageCollection: MigrationResult['garbageCollection'];
  /** What of garbage collection was or may have been turned off, and must come back; null: nothing was touched. */
  savedCollection: SavedSetting | null;
  /** It has come back. */
  collectionEnded: boolean;
  /** Missing or damaged parts of images before the move; null until they were looked for. */
  baseline: Verification | null;
  /** Damaged objects that a person accepted, by name, and the pass that named them; null: none. */
  acceptedDamage: (ListedDamage & { pass: number }) | null;
  /** Images of our own by which the storages are known, and whether the destination's are told from the source's now. */
  canaries: Canary[];
  marked: boolean;
  /** What the images of before the plan are made of, compared with the source. */
  closureOfSource: Closure;
  /** The same of the final list and the destination; null: it has not come to that. */
  closure: Closure | null;
  /** The registry is, or may have been, told that its content is at the destination, and not back again. */
  inUse: boolean;
  /** Objects of the destination's earlier use that the approved plan says will be removed. */
  removals: number;
  /** Where the registry stayed with images that are missing: nothing may be collected there. */
  missingParts: boolean;
  /** Replicas that a person gave up after the point of no return, because they are dead for good. */
  without: string[];
  /** Of what is done once, counted up when a person wants it to be done again. */
  attempt: number;
  /** A person has decided that the registry stays read-only at the end. */
  leftReadOnly: boolean;
  /** What stays for people to do, for the report. */
  left: string[];
  /** What a failing procedure undid, for the report. */
  undone: string[];
  /** Shows the step of the plan as the one that runs now. */
  step(id: MigrationStepId): void;
  /** The same where the registry is in use: returns when nobody holds the operation. */
  begin(id: MigrationStepId): Promise<void>;
};

/** A product that keeps nothing outside its storage has nothing to be backed up. */
export function keepBackup({ backups }: Migration, backup: MetadataBackup | null): void {
  if (backup !== null) backups.push(backup);
}

/** What is asked of a registry some of whose replicas were given up. */
export const remaining = ({ subject, without }: Migration) => ({ registry: subject.registry, without });

/** In the order of the inventory; at least one, because the last one is never given up. */
export const remainingReplicas = ({ subject, without }: Migration): [string, ...string[]] =>
  subject.replicas.map(({ id }) => id).filter((id) => !without.includes(id)) as [string, ...string[]];

/** What every step says that is done once in a migration. */
export const onceIn = ({ subject, state, attempt, without }: Migration) => ({
  registry: subject.registry,
  without,
  job: subject.job,
  version: state.version,
  attempt,
});
