// What the report of a migration is made from: no clock and no storage, so that the same run has the same report. Nothing here
// holds a secret, because nothing that comes here does.

import type { Plan } from '../../contracts/plan.ts';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import type { DamagedObject } from '../../contracts/storage.ts';
import type { PullOutages } from '../registry/images/watch-pulls.ts';
import type { ImageProblem } from '../registry/images/image-problem.ts';
import type { TagChange } from '../registry/tags.ts';

/** The first rows of a list of the journal, and how many it has. */
export type Excerpt<Row> = { rows: Row[]; total: number };

/** A file of the journal that the report rests on. `sha256` in lower-case hex. */
export type EvidenceFile = { name: string; key: string; sha256: string };

export type ReportInput = {
  facts: ReportFacts;
  plan: Plan;
  damaged: Excerpt<DamagedObject>;
  changedTags: Excerpt<TagChange>;
  problems: Excerpt<ImageProblem>;
  evidence: EvidenceFile[];
  /** null: nobody watched. */
  pulls: PullOutages | null;
  /** What of the journal could not be read, and why; the report says so instead of it. */
  unread: string[];
};
