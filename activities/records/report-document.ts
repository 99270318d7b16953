// What a report is made from and what it is: strings in, strings out, no clock and no storage, so that the same run has
// the same report. Nothing here holds a secret, because nothing that comes here does.

import type { Plan } from '../../contracts/plan.ts';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import type { DamagedObject } from '../../contracts/storage.ts';

export type ChangedTag = { repository: string; tag: string; before: string | null; after: string | null };
export type ImageProblem = { repository: string; tag: string; problem: string; digest: string };

/** The first rows of a list of the journal, and how many it has. */
export type Excerpt<Row> = { rows: Row[]; total: number };

/** A file of the journal that the report rests on. `sha256` in lower-case hex. */
export type Evidence = { name: string; key: string; sha256: string };

export type ReportInput = {
  facts: ReportFacts;
  plan: Plan;
  damaged: Excerpt<DamagedObject>;
  changedTags: Excerpt<ChangedTag>;
  problems: Excerpt<ImageProblem>;
  evidence: Evidence[];
};

/** Contents of the files of those names. */
export type RenderedReport = {
  'report.json': string;
  'report.md': string;
  'report.html': string;
  'proof.json': string;
};
